"""The definitions that readers need, from `reperes.toml`: what each term means and which document says it."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Repere:
    """A term, its full name (may be empty), what it means, and the document that says so."""

    terme: str
    texte: str
    source: str
    nom: str = ""


@dataclass(frozen=True)
class Theme:
    titre: str
    reperes: tuple[Repere, ...]


def _read() -> tuple[Theme, ...]:
    declared = tomllib.loads(files("schemas.context").joinpath("reperes.toml").read_text(encoding="utf-8"))
    return tuple(Theme(t["titre"], tuple(Repere(**r) for r in t["repere"])) for t in declared["theme"])


THEMES = _read()
