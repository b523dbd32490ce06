"""The populations that every BALI figure is given for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Public:
    """A population: `where` is its predicate on `detail.accompagnements`."""

    code: str
    label: str
    where: str
    note: str = ""


FEED = "Identifiés par la remontée des droits à 6 mois : une personne dont la situation n'est pas remontée n'est pas comptée."

PUBLICS = (
    Public("ensemble", "Ensemble des assurés", "TRUE"),
    Public("jeunes", "Jeunes (moins de 25 ans)", "age < 25"),
    Public("travailleurs_independants", "Travailleurs indépendants", "situation = 'INDEPENDANT' AND NOT help", FEED),
    Public("help", "Dispositif HELP", "help"),
    Public("handicap", "Personnes vivant un handicap", "handicap"),
    Public(
        "sans_emploi",
        "Personnes sans emploi",
        "situation = 'SANS_EMPLOI'",
        FEED + " « Sans emploi » n'est pas « demandeur d'emploi ».",
    ),
)
EVERYONE = PUBLICS[0]
APART = PUBLICS[1:]
