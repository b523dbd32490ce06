"""The populations that every BALI figure is given for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Public:
    """A population: `where` is its predicate on `detail.accompagnements`.

    `needs`: the columns of the exports ("accompagnements.help") without which nobody is known to be of it, nor not to be.
    """

    code: str
    label: str
    where: str
    note: str = ""
    needs: tuple[str, ...] = ()


FEED = "Identifiés par la remontée des droits à 6 mois : une personne dont la situation n'est pas remontée n'est pas comptée."

PUBLICS = (
    Public("ensemble", "Ensemble des assurés", "TRUE"),
    Public(
        "jeunes",
        "Jeunes (moins de 25 ans)",
        "age < 25",
        "Âge à la date de la saisine, quand il est connu.",
        needs=("accompagnements.date_naissance",),
    ),
    Public(
        "travailleurs_independants",
        "Travailleurs indépendants",
        "situation = 'INDEPENDANT' AND NOT help",
        FEED + " Les assurés du dispositif HELP ont leur propre profil.",
        needs=("accompagnements.situation", "accompagnements.help"),
    ),
    Public(
        "help",
        "Dispositif HELP",
        "help",
        "Repérés par les saisines du dispositif HELP, en plus de la remontée des droits à 6 mois ; les autres travailleurs "
        "indépendants ont leur propre profil.",
        needs=("accompagnements.help",),
    ),
    Public(
        "handicap",
        "Personnes vivant un handicap",
        "handicap",
        "Signalées comme telles dans BALI : l'absence de signalement ne dit pas l'absence de handicap.",
        needs=("accompagnements.handicap",),
    ),
    Public(
        "sans_emploi",
        "Personnes sans emploi",
        "situation = 'SANS_EMPLOI'",
        FEED + " « Sans emploi » n'est pas « demandeur d'emploi ».",
        needs=("accompagnements.situation",),
    ),
)
EVERYONE = PUBLICS[0]
APART = PUBLICS[1:]
