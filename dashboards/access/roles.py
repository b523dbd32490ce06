"""Who may see what: the roles, and the table that gives each person one. Whoever is not in it sees nothing.

The table is a TOML file kept out of the published folder and named by ADASS_ACCES:

    [session]
    heures = 10

    [personnes."claire.martin@exemple.fr"]
    role = "regional"
    territoire = "76"
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from schemas.nomenclatures import NIVEAU
from schemas.text import no_toml

VARIABLE = "ADASS_ACCES"
NATIONAL, REGION, ORGANISME = tuple(NIVEAU)
ROLES = {
    "national": "national",
    "regional": "régional",
    "local": "local",
    "diffusion": "diffusion",
    "statisticien": "statisticien",
}
_NIVEAU_OF = {"regional": REGION, "local": ORGANISME}
_HOURS = 10.0
_LONGEST = 24.0
SKEW = 300  # seconds that the clock of the identity provider may be ahead


class Denied(Exception):
    """This person may see nothing; the text says why, in French."""


class Misconfigured(Exception):
    """The table of access cannot be used; the text says why, in French, to whoever runs the server."""


@dataclass(frozen=True)
class Access:
    """A role and, for a regional or local one, whose rows are its own.

    Two persons with the same rights are equal: what is remembered for one serves the other.
    """

    role: str
    niveau: str = NATIONAL
    territoire: str = "FR"
    identity: str = field(default="", compare=False)

    @property
    def everything(self) -> bool:
        """Whether every exact figure of every territory may be seen."""
        return self.role in {"national", "statisticien"}

    @property
    def partial(self) -> bool:
        """Whether the exact figures of its own territories alone may be seen."""
        return self.role in _NIVEAU_OF

    @property
    def rows(self) -> bool:
        """Whether rows about persons may be queried."""
        return self.role == "statisticien"

    def owns(self, niveau: str, territoire: str, region: str) -> bool:
        """Whether a territory is its own; `region` is the code of the region of an organisme."""
        if (niveau, territoire) == (self.niveau, self.territoire):
            return self.partial
        return self.role == "regional" and niveau == ORGANISME and region == self.territoire


FULL = Access("statisticien")  # of whoever holds the files themselves


@dataclass(frozen=True)
class Directory:
    """The table of access: each person's, and how long a session lasts."""

    persons: Mapping[str, Access]
    hours: float = _HOURS

    def admit(self, claims: Mapping[str, object], now: float) -> Access:
        """The access of whoever an identity provider vouches for. Raises Denied for anybody else."""
        issued = claims.get("iat")
        if not isinstance(issued, int | float) or issued > now + SKEW or now - issued > self.hours * 3600:
            raise Denied("Votre session a expiré.")
        for name in _names(claims):
            if name in self.persons:
                return self.persons[name]
        raise Denied("Aucun accès ne vous est ouvert. Adressez-vous à la personne qui administre adass.")


def _names(claims: Mapping[str, object]) -> list[str]:
    """What identifies a person: the provider's identifier, and the address where the provider has checked it.

    An identifier that looks like an address names nobody: it would pass for the address of somebody else, unchecked.
    """
    subject = str(claims.get("sub") or "")
    names = [subject] if subject and "@" not in subject else []
    if claims.get("email") and claims.get("email_verified") in {True, "true"}:
        names.append(str(claims["email"]).casefold())
    return names


def configured() -> Path | None:
    """The table named by the environment, if any."""
    name = os.environ.get(VARIABLE)
    return Path(name) if name else None


def read(path: Path) -> Directory:
    """The table of a file. Raises Misconfigured with file, person and problem."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Misconfigured(f"{path} : fichier illisible ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path} : {no_toml(error)}") from None
    if unknown := sorted(told.keys() - {"session", "personnes"}):
        raise Misconfigured(f"{path} : section inconnue « {unknown[0]} »")
    persons = told.get("personnes", {})
    if not isinstance(persons, dict):
        raise Misconfigured(f"{path} : « personnes » doit être une section")
    found: dict[str, Access] = {}
    for name, entry in persons.items():
        access = _entry(path, name, entry)
        if access.identity in found:
            raise Misconfigured(f"{path}, « {name} » : déjà donné")
        found[access.identity] = access
    return Directory(found, _hours(path, told.get("session", {})))


def _hours(path: Path, session: object) -> float:
    hours = session.get("heures", _HOURS) if isinstance(session, dict) else None
    if not isinstance(hours, int | float) or isinstance(hours, bool) or not 0 < hours <= _LONGEST:
        raise Misconfigured(f"{path}, session : « heures » doit être un nombre, 24 au plus")
    return float(hours)


def _entry(path: Path, name: str, entry: object) -> Access:
    place = f"{path}, « {name} »"
    if not isinstance(entry, dict):
        raise Misconfigured(f"{place} : il faut un rôle")
    if unknown := sorted(entry.keys() - {"role", "territoire"}):
        raise Misconfigured(f"{place} : clé inconnue « {unknown[0]} »")
    role, territory = entry.get("role"), entry.get("territoire", "")
    if role not in ROLES:
        raise Misconfigured(f"{place} : rôle « {role} » inconnu ; rôles possibles : {', '.join(ROLES)}")
    if not isinstance(territory, str):
        raise Misconfigured(f'{place} : le territoire s\'écrit entre guillemets, comme "76"')
    if bool(territory) != (role in _NIVEAU_OF):
        wanted = "exige un territoire" if role in _NIVEAU_OF else "n'a pas de territoire"
        raise Misconfigured(f"{place} : le rôle « {role} » {wanted}")
    identity = name.casefold() if "@" in name else name
    if territory:
        return Access(role, _NIVEAU_OF[role], territory, identity)
    return Access(role, identity=identity)
