"""Reading what steers month by month: exact counts of a territory, for whoever may read these."""

from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache

import polars as pl

from dashboards.published.reading import Edition, Territory, frame, query, records, territories
from schemas.publics import EVERYONE

TABLES = ("mensuel", "signaux", "courbes", "atterrissage")


@dataclass(frozen=True)
class Month:
    """What happened in a month and what was under way at its end, as `marts.mensuel` has it."""

    annee: int
    mois: int
    saisines: int = 0
    ouvertures: int = 0
    clotures: int = 0
    succes: int = 0
    stock: int = 0
    stock_sans_ouverture: int = 0
    stock_plus_90: int = 0
    stock_plus_180: int = 0
    age_median_stock: float | None = None
    ouvertures_2: int = 0
    ouvertures_15: int = 0
    ouvertures_30: int = 0
    delai_median: float | None = None
    duree_mediane: float | None = None

    @property
    def key(self) -> tuple[int, int]:
        return self.annee, self.mois


@dataclass(frozen=True)
class Charted:
    """A month of a control chart, as `marts.signaux` has it; `niveau` and `territoire` say whose."""

    niveau: str
    territoire: str
    mesure: str
    annee: int
    mois: int
    valeur: float
    moyenne: float
    bas: float
    haut: float
    signal: str


@dataclass(frozen=True)
class Landing:
    """The end of a year in progress, as `marts.atterrissage` has it."""

    annee: int
    mesure: str
    observe: int
    prevu: int
    bas: int
    haut: int


def source(edition: Edition, place: Territory) -> Edition | None:
    """The file that holds the exact months of a place; None for whoever may not read them."""
    if edition.access.everything:
        found: Edition | None = Edition(edition.path, edition.stamp)
    else:
        owned = edition.access.owns(place.niveau, place.code, place.region)
        found = edition.exact if owned else None
    return found if found is not None and _holds(found) else None


@lru_cache(maxsize=16)
def readable(edition: Edition) -> tuple[Territory, ...]:
    """The territories whose months this reader may read."""
    return tuple(t for t in territories(edition) if source(edition, t) is not None)


@lru_cache(maxsize=16)
def _holds(edition: Edition) -> bool:
    """Whether a file has these tables: neither the one for diffusion nor that of an older version has."""
    rows = query(edition, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'marts'")
    return set(TABLES) <= {str(r["table_name"]) for r in rows}


@lru_cache(maxsize=16)
def observed(edition: Edition) -> date | None:
    """The day of the last delivery: what is not closed by then is under way."""
    day = query(edition, "SELECT jour_observation FROM ref.millesime")[0]["jour_observation"]
    return day if isinstance(day, date) else None


@lru_cache(maxsize=16)
def deliveries(edition: Edition) -> tuple[date, ...]:
    """The days of the BALI deliveries, in order."""
    rows = query(edition, "SELECT DISTINCT livraison FROM controle.livraisons WHERE source = 'bali' ORDER BY 1")
    return tuple(date.fromisoformat(str(r["livraison"])[:10]) for r in rows)


def months_sql(niveau: str, code: str, public: str) -> str:
    """The months of a territory and public."""
    names = ", ".join(f.name for f in fields(Month))
    return (
        f"SELECT {names}\nFROM marts.mensuel\n"
        f"WHERE niveau = '{niveau}' AND territoire = '{code}' AND public = '{public}'\nORDER BY annee, mois"
    )


@lru_cache(maxsize=256)
def months(edition: Edition, niveau: str, code: str, public: str = EVERYONE.code) -> tuple[Month, ...]:
    """Every whole month that was observed, in order; a month that the table leaves out is one of zeros."""
    found = {month.key: month for month in records(edition, Month, months_sql(niveau, code, public))}
    if not found:
        return ()
    every = records(edition, Month, "SELECT annee, mois FROM ref.mois ORDER BY annee, mois")
    return tuple(found.get(month.key, month) for month in every)


def charts_sql(niveau: str, code: str) -> str:
    """The control charts of a territory."""
    return (
        "SELECT mesure, annee, mois, valeur, moyenne, bas, haut, signal\nFROM marts.signaux\n"
        f"WHERE niveau = '{niveau}' AND territoire = '{code}'\nORDER BY mesure, annee, mois"
    )


@lru_cache(maxsize=32)
def charts(edition: Edition) -> dict[tuple[str, str], dict[str, tuple[Charted, ...]]]:
    """The control charts of every territory of a file, by territory then measure; months in order."""
    names = ", ".join(f.name for f in fields(Charted))
    sql = f"SELECT {names} FROM marts.signaux ORDER BY niveau, territoire, mesure, annee, mois"
    found: dict[tuple[str, str], dict[str, list[Charted]]] = {}
    for one in records(edition, Charted, sql):
        found.setdefault((one.niveau, one.territoire), {}).setdefault(one.mesure, []).append(one)
    return {place: {m: tuple(points) for m, points in of.items()} for place, of in found.items()}


def landing_sql(niveau: str, code: str) -> str:
    """The end of the year in progress of a territory."""
    return (
        "SELECT annee, mesure, observe, prevu, bas, haut\nFROM marts.atterrissage\n"
        f"WHERE niveau = '{niveau}' AND territoire = '{code}'\nORDER BY mesure DESC"
    )


def landing(edition: Edition, niveau: str, code: str) -> tuple[Landing, ...]:
    """Saisines then closures at the end of the year in progress; nothing where there is no forecast."""
    return records(edition, Landing, landing_sql(niveau, code))


def curves_sql(niveau: str, code: str, public: str) -> str:
    """What becomes of the saisines of each year in a territory."""
    return (
        "SELECT annee, type_accompagnement, issue, jours, a_risque, evenements, part\nFROM marts.courbes\n"
        f"WHERE niveau = '{niveau}' AND territoire = '{code}' AND public = '{public}'\n"
        "ORDER BY annee, type_accompagnement, issue, jours"
    )


@lru_cache(maxsize=64)
def curves(edition: Edition, niveau: str, code: str, public: str = EVERYONE.code) -> pl.DataFrame:
    """The curves of a territory and public: a row for each year, type, issue and day."""
    return frame(edition, curves_sql(niveau, code, public))
