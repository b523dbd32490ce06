"""Context that no file of a caisse gives: the target publics and their poverty, as the published report prints them."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

POPULATION, EVENEMENT = "population", "evenement"
POOR = 9_100_000  # people under the threshold, as printed beside the rate of the population
DEFINITION = (
    "Part des personnes dont le niveau de vie est inférieur à 60 % du niveau de vie médian : 1 215 euros par mois "
    "pour une personne seule, 1 824 euros pour un couple sans enfant, plus 365 euros par enfant de moins de 14 ans "
    "et 608 euros par autre personne."
)


@dataclass(frozen=True)
class Target:
    """A public that the action is for. `rate`: its poverty rate, 0 to 1, where the report prints one.

    `deduced`: the report prints the rate without naming its population, which is read from its place on the page.
    """

    approach: str
    name: str
    rate: float | None
    year: str
    source: str
    deduced: bool


@cache
def targets(approach: str) -> tuple[Target, ...]:
    """The target publics of an approach, in the order of the report."""
    text = files("schemas.context").joinpath("taux_pauvrete.csv").read_text(encoding="utf-8")
    return tuple(
        Target(
            row["approche"],
            row["public"],
            float(row["taux"]) if row["taux"] else None,
            row["annee"],
            row["source"],
            row["rattachement"] == "deduit",
        )
        for row in csv.DictReader(text.splitlines(), delimiter=";")
        if row["approche"] == approach
    )
