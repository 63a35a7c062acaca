"""The LLM4Cell knowledge graph: AI models for single cells, with the evidence for every fact."""

__all__ = ["__version__"]

__version__ = "0.1.0"
