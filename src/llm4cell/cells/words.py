"""Text of a label -> its words, spelt as the index spells them.

Greek letters, Roman numerals, plurals, British spellings, cortical layers and the signs of marker
genes ("CD4+", "CD8-negative", "CD56bright") come out the same however they were typed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HIGH", "LOW", "NEGATIVE", "spell", "split_words", "tidy"]

_SHORT = 3  # letters: "IRS" is no plural

# What a gene's word ends in where the label says that the cell lacks it.
NEGATIVE = "-neg"

# Small letters by their names in Unicode, which spells lambda LAMDA.
_GREEK = {
    chr(code): unicodedata.name(chr(code)).split()[-1].lower().replace("lamda", "lambda")
    for code in (*range(0x3B1, 0x3CA), 0x3D5) if "FINAL" not in unicodedata.name(chr(code))
} | {"\u03d5": "phi"}
_GREEK_LETTER = re.compile("[" + "".join(_GREEK) + "]", re.IGNORECASE)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}
# Words behind which a Roman numeral is a number, and "I" is no pronoun and "V" no vein.
_NUMBERED = {"class", "group", "lamina", "layer", "phase", "stage", "subtype", "type"}
_BRITISH = (
    ("aemia", "emia"), ("haem", "hem"), ("oesoph", "esoph"), ("oestr", "estr"), ("foet", "fet"),
    ("leuco", "leuko"), ("fibre", "fiber"), ("tumour", "tumor"), ("neurone", "neuron"),
    ("oedema", "edema"), ("coel", "cel"), ("paed", "ped"), ("caec", "cec"), ("faec", "fec"),
)
_GREY = {"grey": "gray", "centre": "center", "colour": "color", "metre": "meter"}

# Hyphens, dashes and the minus sign.
_DASHES = dict.fromkeys((*range(0x2010, 0x2016), 0x207B, 0x208B, 0x2212), "-")

# The dash that means "lacks it": behind CD8, before a blank, an end or the next gene.
_MINUS = re.compile(
    r"(?:\b(?=[A-Za-z]+\d)(?!l\d)|(?<=[.-])(?=\d))([a-z0-9]{1,8}(?:\.\d)?)"
    r"-(?=\s|$|[.,;/)_]|cd\d|ii[+-]|[a-z]{2,}\d+[+-]|\d{1,3}[a-z]?[+-](?![a-z]))"
    r"|\b((?-i:[A-Z][A-Za-z]{1,5}[A-Z][A-Za-z]?))-(?=\s|$)", re.IGNORECASE)  # "NeuN-"
_LACKING = re.compile(r"\b([A-Za-z]+\d*[A-Za-z]?)[-\s]?(?:negative|neg)\b", re.IGNORECASE)
_HAVING = re.compile(r"(?<=[A-Za-z0-9])[-\s]?(?:positive|pos|expressing)\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_LEVEL = re.compile(r"(?<=\d)[-\s]?(bright|int)\b", re.IGNORECASE)
_LEVELS = {"int": "intermediate"}
# Behind what has a capital or a digit, as genes have: "Ly6C-high", "Endothelial cell_Vwf high".
_HIGH = re.compile(
    r"(?<![A-Za-z0-9.])(?=[a-z]*[A-Z0-9])([A-Za-z][A-Za-z0-9.]{1,9}(?:-[A-Za-z0-9]+)?)"
    r"[-\s]?(?:[Hh]igh|HIGH|[Hh]i)(?![A-Za-z0-9]|[\s-]*endotheli)")
_LOW = re.compile(r"\b([A-Za-z]+\d+[A-Za-z]?)[-\s]?(?:dim|low|lo)\b", re.IGNORECASE)
# Likewise of one that has little of a gene, or much.
LOW, HIGH = "-low", "-high"
_LAYER = re.compile(
    r"(?<![A-Za-z0-9])(?:layers?[\s_-]*|l)([1-6])(?:\s*[-/,_]\s*l?([1-6]))?"
    r"(?:\s*[-/,]\s*l?([1-6]))?(a|b)?"
    r"(?![A-Za-z0-9])", re.IGNORECASE)
_GLUED_LAYER = re.compile(r"(?<![A-Za-z0-9])L(1[2-6]|2[3-6]|3[4-6]|4[56]|56)(?=\b|_|IT\b|NP\b)")
# Human cells are marked so: "hSMC1", "hAd3".
_HUMAN = re.compile(r"\bh(?=[A-Z][A-Za-z]{1,15}\d*\b)")
_GLUED_NUMBER = re.compile(r"\b(type|group|class|layer|stage)(?=\d)", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z])|(?<=[a-z]{3})(?=[A-Z])")
_PIECE = re.compile(r"[^\W_]+(?:'s)?", re.UNICODE)


def tidy(text: str) -> str:
    """Return ``text`` in one Unicode form, without control characters, blanks single.

    >>> tidy(" CD8\\u207a\\tT\\x00 cell")
    'CD8+ T cell'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = text.translate(_DASHES)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def split_words(text: str) -> list[str]:
    """Return the words of tidy ``text``.

    >>> split_words("CD8+ T-cells"), split_words("Type II Pneumocytes")
    (['cd8', 't', 'cell'], ['type', '2', 'pneumocyte'])
    >>> split_words("\\u03b3\\u03b4 T"), split_words("Exc L2-3 LINC00507")
    (['gamma', 'delta', 't'], ['exc', 'l2/3', 'linc00507'])
    >>> split_words("CD4-CD8- thymocyte"), split_words("CD16-negative monocyte")
    (['cd4-neg', 'cd8-neg', 'thymocyte'], ['cd16-neg', 'monocyte'])
    """
    if not text.isascii():
        text = _GREEK_LETTER.sub(lambda m: f" {_GREEK[m[0].lower()]} ", text)
        text = "".join(c for c in unicodedata.normalize("NFKD", text)
                       if not unicodedata.combining(c))
    marks: list[str] = []

    def lay_by(word: str) -> str:
        marks.append(word)
        return f" \x00{chr(0xE000 + len(marks) - 1)} "

    if "-" in text:
        text = _MINUS.sub(lambda m: lay_by((m[1] or m[2]).lower() + NEGATIVE), text)
    folded = text.casefold()
    if "neg" in folded:
        text = _LACKING.sub(lambda m: lay_by(m[1].lower() + NEGATIVE), text)
    if "pos" in folded or "expressing" in folded:
        text = _HAVING.sub(" ", text)
    if "dim" in folded or "lo" in folded:
        text = _LOW.sub(lambda m: lay_by(m[1].lower() + LOW), text)
    if "hi" in folded:
        text = _HIGH.sub(lambda m: lay_by(m[1].lower() + HIGH), text)
    text = _LEVEL.sub(lambda m: f" {_LEVELS.get(m[1].lower(), m[1])} ", text)
    if "l" in folded and _DIGIT.search(folded):
        text = _GLUED_LAYER.sub(lambda m: f"L{m[1][0]}/{m[1][1]} ", text)
        text = _LAYER.sub(_lay_layer(lay_by), text)
    text = _HUMP.sub(" ", _HUMAN.sub("human ", _GLUED_NUMBER.sub(r"\1 ", text.replace("_", " "))))
    # Capitals among small letters are a gene's name, "CLPS" no plural; short ones always are.
    shouted = text != text.upper()
    words: list[str] = []
    for piece in re.split(r"(\x00[\ue000-\uf8ff])", text) if marks else (text,):
        if piece.startswith("\x00"):
            words.append(marks[ord(piece[1]) - 0xE000])
            continue
        words += [part.casefold() if part.isupper() and (shouted or len(part) <= _SHORT)
                  else spell(part.casefold()) for part in _PIECE.findall(piece)]
    for at in range(1, len(words)):
        if words[at] in _ROMAN and words[at - 1] in _NUMBERED:
            words[at] = _ROMAN[words[at]]
    return words


def _lay_layer(lay_by: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    def lay(match: re.Match[str]) -> str:
        parts, number = [match[1]], ""
        for part in filter(None, match.groups()[1:3]):
            # "L2_3" is two layers, "L5_1" a cluster of one.
            if not number and part > parts[-1]:
                parts.append(part)
            else:
                number += f" {part}"
        return lay_by("l" + "/".join(parts) + (match[4] or "").lower()) + number
    return lay


@lru_cache(maxsize=20_000)
def spell(word: str) -> str:
    """Return a word in the singular and in American spelling.

    >>> [spell(word) for word in ("cells", "capillaries", "plexus", "oesophagus", "bronchi")]
    ['cell', 'capillary', 'plexus', 'esophagus', 'bronchus']
    """
    word = word.removesuffix("'s")
    if len(word) > 4:
        for british, american in _BRITISH:
            if british in word:
                word = word.replace(british, american)
        word = _GREY.get(word, word)
    if word in _PLURALS:
        return _PLURALS[word]
    if len(word) < 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("xes", "shes", "ches", "sses")):
        return word[:-2]
    return word[:-1]


_PLURALS = {
    "alveoli": "alveolus", "bronchi": "bronchus", "villi": "villus", "nuclei": "nucleus",
    "glomeruli": "glomerulus", "tubuli": "tubule", "myofibres": "myofiber", "ganglia": "ganglion",
    "epithelia": "epithelium", "endothelia": "endothelium", "atria": "atrium", "cortices": "cortex",
    "microgliae": "microglia", "mitochondria": "mitochondrion", "podia": "podium",
    "bronchioli": "bronchiole", "septa": "septum", "fascia": "fascia", "pancreas": "pancreas",
    "biopsies": "biopsy", "viscera": "viscera", "lens": "lens", "vas": "vas", "gas": "gas",
    "as": "as", "is": "is", "us": "us", "matrices": "matrix", "follicles": "follicle",
    "vertebrae": "vertebra", "laminae": "lamina", "papillae": "papilla", "venae": "vena",
    "arteries": "artery", "stria": "stria", "glia": "glia", "fos": "fos",
}
