"""How alike two names are: the concepts of a header, and those of the phrases that name a column or a code."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz

from schemas.exports.declarations import Table
from schemas.exports.vocabulary import Phrase, vocabulary
from schemas.text import key

_NEGATIONS = frozenset({"sans", "hors"})
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # "dateDeFin"
_OPPOSITE = ("debut", "fin")
DAY = "date"
DOUBTED, UNEQUAL = 0.6, 0.85  # the most that a doubtful phrase gives, and one that is not the whole header
_LIGHT = {"accompagnement", "misas", "assure", "numero", "libelle", "indicateur", "nom", "saisine", "type"}
_ABBREVIATED = 3  # letters that a word cut short keeps


def tokens(text: str) -> list[str]:
    """The words of a text, without case, accents, plurals nor feminine endings: "N° Dossier_MisAS" gives n, dossier, misas."""
    text = text.replace("°", " ")
    parted = text if " " in text.strip() else _CAMEL.sub(" ", text)
    return [stem(word) for word in re.findall(r"[a-z]+|\d+|[✓✔#?+]", key(parted).replace("c2s", "cds"))]


def stem(word: str) -> str:
    short = word[:-1] if len(word) > 3 and word[-1] in "sx" else word
    return short[:-1] if len(short) > 4 and short.endswith("e") else short


@cache
def _forms() -> dict[tuple[str, ...], str]:
    """By the words of each form, its concept."""
    return {tuple(tokens(form)): concept for concept, forms in vocabulary().words.items() for form in forms}


@cache
def _empty() -> frozenset[str]:
    return frozenset(stem(word) for word in vocabulary().empty)


@cache
def concepts(text: str) -> tuple[str, ...]:
    """The concepts that a header names, in its order; a word that names none stands for itself, after "~"."""
    words = tokens(text)
    found: list[str] = []
    if words[-1:] == ["le"]:  # "ouvert le"
        found.append(DAY)
    at = 0
    while at < len(words):
        length, concept = _longest(words, at)
        if concept:
            found.append(concept)
        elif words[at] not in _empty():
            found.append(_abbreviated(words[at]) or f"~{words[at]}")
        at += length
    return tuple(dict.fromkeys(found))


def _longest(words: list[str], at: int) -> tuple[int, str]:
    for length in range(min(4, len(words) - at), 0, -1):
        if concept := _forms().get(tuple(words[at : at + length])):
            return length, concept
    return 1, ""


def _abbreviated(word: str) -> str:
    """The only concept of which a word begins with this one, or is nearly this one."""
    if len(word) < _ABBREVIATED:
        return ""
    begun = {concept for form, concept in _forms().items() if len(form) == 1 and form[0].startswith(word)}
    if len(begun) == 1:
        return begun.pop()
    alike = {c for form, c in _forms().items() if len(form) == 1 and len(word) > 4 and fuzz.ratio(form[0], word) >= 88}
    return alike.pop() if len(alike) == 1 else ""


@dataclass(frozen=True)
class Named:
    """How well a header names a column, from 0 to 1, and whether it says the contrary of what the column says."""

    score: float
    contrary: bool = False


def named(header: str, table: Table, column: str, group: str = "") -> Named:
    """How well a header names a column of a table. `group`: what stands over several headers."""
    own = {key(form) for c in table.columns if c.name == column for form in (c.header, c.name, *c.aliases)}
    if key(header) in own:
        return Named(1.0)
    plain = _best(concepts(header), table, column)
    return max(plain, _best(concepts(f"{group} {header}"), table, column) if group else plain, key=lambda n: n.score)


def _best(said: tuple[str, ...], table: Table, column: str) -> Named:
    contrary = not _NEGATIONS.isdisjoint(said) and column not in {"type_accompagnement", "situation"}
    said = tuple(c for c in said if c not in _NEGATIONS) if contrary else said
    phrases = vocabulary().columns.get(f"{table.source}.{table.name}", {}).get(column, ())
    declared = [Phrase(c.header) for c in table.columns if c.name == column]
    return Named(max((_alike(said, p) for p in (*phrases, *declared)), default=0.0), contrary)


def _alike(said: tuple[str, ...], phrase: Phrase) -> float:
    meant = _meant(phrase.text)
    mine, theirs = set(said), set(meant)
    if all((c in mine) != (c in theirs) for c in _OPPOSITE):
        return 0.0
    if mine == theirs and mine:
        return DOUBTED if phrase.doubtful else 1.0
    common, all_ = _weight(mine & theirs), _weight(mine) + _weight(theirs)
    score = UNEQUAL * 2 * common / all_ if all_ else 0.0
    return min(score, DOUBTED) if phrase.doubtful else score


@cache
def _meant(phrase: str) -> tuple[str, ...]:
    """A phrase of the vocabulary is written in concepts already; a declared header is not."""
    known = vocabulary().words
    words = phrase.split()
    return tuple(words) if all(w in known for w in words) else concepts(phrase)


def _weight(several: Iterable[str]) -> float:
    return sum(0.4 if c in _LIGHT else 1.0 for c in several)
