"""python -m llm4cell."""

from llm4cell.cli import main

if __name__ == "__main__":
    main()
