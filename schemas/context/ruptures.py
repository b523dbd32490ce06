"""Breaks of series, from `ruptures.toml`: what makes the years of a figure not quite comparable."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Rupture:
    """A break. `annee`: the first year under the new rule, 0 where the whole series is meant.

    `publics` and `indicateurs` (starts of their names) say whom it is about; none means all of them.
    """

    texte: str
    source: str
    annee: int = 0
    publics: tuple[str, ...] = ()
    indicateurs: tuple[str, ...] = ()

    def concerns(self, indicateur: str, public: str) -> bool:
        named = not self.indicateurs or indicateur.startswith(self.indicateurs)
        return named and (not self.publics or public in self.publics)


def _read() -> tuple[Rupture, ...]:
    declared = tomllib.loads(files("schemas.context").joinpath("ruptures.toml").read_text(encoding="utf-8"))
    return tuple(
        Rupture(
            r["texte"], r["source"], r.get("annee", 0), tuple(r.get("publics", ())), tuple(r.get("indicateurs", ()))
        )
        for r in declared["rupture"]
    )


RUPTURES = _read()
