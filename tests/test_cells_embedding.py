"""Sentence embeddings: only where words find nothing, and only with their package."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from llm4cell.cells import Linker, load_index
from llm4cell.cells.calibration import calibrate_likeness
from llm4cell.cells.embedding import EmbeddingLinker, Encoder
from llm4cell.cells.index import Index
from llm4cell.errors import InputError, MissingExtraError


class FakeEncoder(Encoder):
    """Says of every text that it means what the synonym of the third term means."""

    digest = "fake"
    calls = 0

    def __init__(self) -> None:
        pass

    def encode(self, texts):
        self.calls += 1
        rows = np.zeros((len(texts), 384), np.float32)
        rows[:, 0 if len(texts) == 1 else 1] = 1
        for row, text in zip(rows, texts, strict=True):
            if text == SMALL.terms["CL:0000236"].synonyms[0]:
                row[:2] = (1, 0)
            if text == "T cell":
                row[:2] = (0.96, 0.28)
        return rows


def few_terms() -> Index:
    known = load_index()
    ids = ("CL:0000000", "CL:0000084", "CL:0000236", "CL:0000540")
    return Index(known.version, {name: replace(known.terms[name], parents=()) for name in ids})


SMALL = few_terms()


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    """The real model; without it its tests are skipped, but fail in CI, which has it."""
    try:
        return Encoder()
    except MissingExtraError as error:
        absent = pytest.fail if os.environ.get("CI") else pytest.skip
        absent(str(error))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "llm4cell"


def few(encoder: Encoder) -> EmbeddingLinker:
    return EmbeddingLinker(Linker(SMALL), encoder)


def test_words_go_first() -> None:
    fake = FakeEncoder()
    linker = few(fake)
    plain = Linker(SMALL)
    for label in ("B lymphocytes", "12", "doublet", "", "CL:0000084"):
        assert linker.link(label) == plain.link(label)
    assert fake.calls == 0


def test_the_nearest_in_meaning_is_said_to_be_that() -> None:
    found = few(FakeEncoder()).link("banana", top=2)
    assert [(c.id, c.label, c.method) for c in found.candidates] == [
        ("CL:0000236", "B cell", "embedding"), ("CL:0000084", "T cell", "embedding")]
    assert [c.score for c in found.candidates] == [
        round(calibrate_likeness(1.0, first=True), 3),
        round(calibrate_likeness(0.96, first=False), 3)]
    assert "check it" in found.note
    assert few(FakeEncoder()).link("banana", threshold=0.9).candidates == ()
    # Whatever else the note of an answer by words says, which stays.
    found = few(FakeEncoder()).link("banana" * 80)
    assert found.candidates
    assert found.note == "cut after 300 characters; found by likeness of meaning; check it"


def test_scores_are_the_shares_that_were_right() -> None:
    """docs/linking.md: of nearest names 11 of 78 below 0.8, 19 of 45 from there on."""
    assert calibrate_likeness(0.7, first=True) == pytest.approx(0.2, abs=0.02)
    assert calibrate_likeness(0.86, first=True) == pytest.approx(0.36, abs=0.02)
    for alike in (0.5, 0.7, 0.9):
        assert calibrate_likeness(alike, first=False) < calibrate_likeness(alike, first=True)


def test_names_are_encoded_once(cache: Path) -> None:
    first, second = FakeEncoder(), FakeEncoder()
    answers = [few(fake).link("banana") for fake in (first, second)]
    assert answers[0] == answers[1]
    # The names and the label, then the label alone.
    assert (first.calls, second.calls) == (2, 1)
    (kept,) = cache.iterdir()
    assert kept.name.startswith(f"cl-{SMALL.version}-")
    other = FakeEncoder()
    other.digest = "another"
    few(other).link("banana")
    assert other.calls == 2
    assert len(list(cache.iterdir())) == 2


@pytest.mark.parametrize("spoilt", [b"", b"PK\3\4", b"\x93NUMPY\1\0", "half", "short", "pickle"])
def test_a_spoilt_cache_is_made_anew(cache: Path, spoilt: bytes | str) -> None:
    expected = few(FakeEncoder()).link("banana")
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    if spoilt == "half":
        kept.write_bytes(whole[:len(whole) // 2])
    elif isinstance(spoilt, str):
        with kept.open("wb") as file:
            np.save(file, np.zeros((2, 384), np.float32) if spoilt == "short" else
                    np.array([{}], dtype=object))
    else:
        kept.write_bytes(spoilt)
    assert few(FakeEncoder()).link("banana") == expected
    assert kept.read_bytes() == whole


@pytest.mark.parametrize("place", ["file", "nowhere"])
def test_no_cache_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Where no folder can be made; a relative one is none of the user's."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file") if place == "file" else place)
    assert few(FakeEncoder()).link("banana").candidates
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(MissingExtraError, match=r"llm4cell\[embeddings\]"):
            Encoder()
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(MissingExtraError, match=r"needs the package '\w+'.*llm4cell\[embedd"):
        Encoder(tmp_path)


def test_a_folder_without_a_model_is_named(encoder: Encoder, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no model can be read"):
        Encoder(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no such thing")
    with pytest.raises(InputError, match="no model can be read"):
        Encoder(tmp_path)


def test_the_model_tells_meanings_apart(encoder: Encoder) -> None:
    cell, same, other = encoder.encode(["T lymphocyte", "T cell", "banana"])
    assert cell @ same > 0.55 > cell @ other
    assert np.allclose(np.linalg.norm(cell), 1, atol=1e-5)


def test_a_text_has_one_vector(encoder: Encoder) -> None:
    """Alone or among others; what is too long is cut, and capitals count for nothing."""
    texts = ["B cell", "b cell of the spleen", "neuron", "B CELL", "neuron " * 100,
             "neuron " * 62]
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert np.allclose(encoder.encode(texts), alone, atol=1e-5)
    assert np.allclose(alone[0], alone[3], atol=1e-6)
    assert np.allclose(alone[4], alone[5], atol=1e-6)
    assert encoder.encode([]).shape == (0, 384)


def test_the_model_answers_what_words_do_not(encoder: Encoder) -> None:
    found = few(encoder).link("thymus-derived small round white corpuscle", threshold=0)
    assert {c.method for c in found.candidates} == {"embedding"}
    assert few(encoder).link("wibbly \udce9 wobble").note == "no confident match"
