"""The action sociale files of one caisse for one year: six tables and their rules."""

import polars as pl

from schemas import nomenclatures as n
from schemas.exports.declarations import Column, Rule, Source, Table
from schemas.exports.kinds import Amount, Code, CodeList, Count, Day, Identifier, Kind, Name, Nir, Reference
from schemas.nomenclatures import Nomenclature

ORGANISME = Column(
    "organisme",
    "Organisme",
    Reference(reference="organismes"),
    "Code de l'organisme, celui du dossier",
    missing="R02",
    unreadable="R02",
    from_folder=True,
)
NUMERO = Column("numero", "Numéro", Identifier(), "Numéro du dossier ou de la demande", missing="R51")
IDENTIFIANT = Column("identifiant", "Identifiant", Identifier(), "Identifiant", missing="R51")


def _code(name: str, header: str, nomenclature: Nomenclature, description: str, may_miss: bool = False) -> Column:
    missing = None if may_miss else "R53"
    return Column(name, header, Code(nomenclature=nomenclature), description, missing=missing, unreadable="R53")


def _number(name: str, header: str, description: str, kind: Kind | None = None) -> Column:
    return Column(name, header, kind or Count(), description, unreadable="R54")


def _day(name: str, header: str) -> Column:
    return Column(name, header, Day(), header, missing="R52", unreadable="R52")


def _of_the_year(column: str) -> Rule:
    return Rule("R52", column, lambda context: pl.col(column).dt.year() != pl.lit(context.delivery.year))


def _table(name: str, description: str, columns: tuple[Column, ...], day: str | None = "date") -> Table:
    return Table(
        source="action_sociale",
        name=name,
        description=description,
        columns=(*columns, ORGANISME),
        key=(columns[0].name,),
        rules=(_of_the_year(day),) if day else (),
    )


DOSSIERS = _table(
    "dossiers",
    "Les demandes d'aide reçues par l'action sanitaire et sociale.",
    (
        NUMERO,
        Column(
            "nir",
            "NIR",
            Nir(),
            "Empreinte à clé du NIR : la même personne a toujours la même",
            unreadable="A01",
            personal=True,
            hashed_as="id_personne",
        ),
        _day("date_reception", "Date de réception"),
        _code("famille_aide", "Famille d'aide", n.FAMILLE_AIDE, "Famille d'aide"),
        _code("categorie", "Catégorie", n.CATEGORIE_AIDE, "Catégorie de l'aide", may_miss=True),
        _code("decision", "Décision", n.DECISION, "Décision de la commission", may_miss=True),
        Column("date_commission", "Date de commission", Day(), "Date de la commission", unreadable="R52"),
        _code("dotation", "Dotation", n.DOTATION, "Dotation qui finance l'aide", may_miss=True),
        _number("montant_engage", "Montant engagé", "Montant engagé, en euros", Amount()),
    ),
    day="date_reception",
)

URGENCES = _table(
    "urgences",
    "Les situations signalées à la ligne urgence précarité (LUP).",
    (
        NUMERO,
        _day("date", "Date"),
        Column("etablissement", "Établissement", Name(), "Établissement à l'origine du signalement, en capitales"),
        _code("type_demande", "Type de demande", n.TYPE_DEMANDE, "Type de demande"),
    ),
)

ATELIERS = _table(
    "ateliers",
    "Les ateliers collectifs et les permanences.",
    (
        IDENTIFIANT,
        _day("date", "Date"),
        _code("offre", "Offre", n.OFFRE, "Offre dont relève l'atelier"),
        _number("participants", "Participants", "Participants"),
        _number("inscriptions", "Inscriptions examen de prévention", "Inscriptions à l'examen de prévention en santé"),
        _number("ouvertures_c2s", "Ouvertures C2S", "Ouvertures de droits à la Complémentaire santé solidaire"),
    ),
)

ENTRETIENS = _table(
    "entretiens",
    "Les entretiens menés dans les démarches « aller vers ».",
    (
        IDENTIFIANT,
        _day("date", "Date"),
        Column("partenaire", "Partenaire", Name(), "Partenaire qui accueille l'entretien, en capitales"),
        Column("issue", "Issue", CodeList(nomenclature=n.ISSUE), "Issues, séparées par |", unreadable="R53"),
    ),
)

FORMATIONS = _table(
    "formations",
    "Les formations données aux professionnels du social.",
    (
        IDENTIFIANT,
        _day("date", "Date"),
        _code("type", "Type", n.TYPE_FORMATION, "Type de formation"),
        _number("participants", "Participants", "Participants"),
    ),
)

DOTATIONS = _table(
    "dotations",
    "Le budget de chaque dotation.",
    (
        _code("dotation", "Dotation", n.DOTATION, "Dotation"),
        _number("budget", "Budget", "Budget, en euros", Amount()),
    ),
    day=None,
)

ACTION_SOCIALE = Source(
    "action_sociale",
    "Action sociale d'une caisse",
    "action_sociale/{organisme}/{annee}",
    (DOSSIERS, URGENCES, ATELIERS, ENTRETIENS, FORMATIONS, DOTATIONS),
)
