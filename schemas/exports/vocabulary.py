"""The words that exports of another form use for those of the contract: `vocabulaire.toml`, read."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_DOUBTFUL = "? "  # what a phrase begins with that may mean something else


@dataclass(frozen=True)
class Phrase:
    """What may be written for a column or code; a doubtful one may mean something else as well."""

    text: str
    doubtful: bool = False


@dataclass(frozen=True)
class Vocabulary:
    """`words`: by concept, the ways to write it; `empty` words say nothing; `columns` and `values` by table and column."""

    words: Mapping[str, tuple[str, ...]]
    empty: frozenset[str]
    columns: Mapping[str, Mapping[str, tuple[Phrase, ...]]]
    values: Mapping[str, Mapping[str, tuple[Phrase, ...]]]
    yes_no: Mapping[str, tuple[Phrase, ...]]  # by oui, non, vide
    ties: Mapping[
        str, Mapping[str, tuple[str, ...]]
    ]  # by table: columns in the order of their days, or filled together


@cache
def vocabulary() -> Vocabulary:
    told = tomllib.loads((files("schemas.exports") / "vocabulaire.toml").read_text(encoding="utf-8"))
    return Vocabulary(
        {concept: tuple(words) for concept, words in told["mots"].items()},
        frozenset(told["vides"]["mots"]),
        {table: _phrases(columns) for table, columns in told["colonnes"].items()},
        {column: _phrases(codes) for column, codes in told["valeurs"].items()},
        _phrases(told["oui_non"]),
        {table: {name: tuple(columns) for name, columns in ties.items()} for table, ties in told["liens"].items()},
    )


def _phrases(told: Mapping[str, list[str]]) -> dict[str, tuple[Phrase, ...]]:
    return {name: tuple(_phrase(text) for text in texts) for name, texts in told.items()}


def _phrase(text: str) -> Phrase:
    return Phrase(text.removeprefix(_DOUBTFUL), text.startswith(_DOUBTFUL))
