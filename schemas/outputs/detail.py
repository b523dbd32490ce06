"""The pseudonymised rows, one an accepted record, and what is derived from them."""

from dataclasses import replace

from schemas.exports.action_sociale import ACTION_SOCIALE
from schemas.exports.bali import ACCOMPAGNEMENTS, ACTIONS, SOINS
from schemas.exports.declarations import Table
from schemas.exports.enquete import ENQUETE
from schemas.exports.sources import SOURCES
from schemas.indicators.parcours import BIT, KEPT, MARKS, STOCKS_VIEW, VIEW
from schemas.nomenclatures import (
    FAMILLE_INTERNE,
    MOTIFS_SUCCES,
)
from schemas.outputs.columns import Output, OutputColumn, columns_of, stored_columns
from schemas.publics import APART

# --- detail -----------------------------------------------------------------------------------------------

_ORIGIN = (
    OutputColumn("livraison", "VARCHAR", "Livraison dont la ligne vient", met=True),
    OutputColumn("fichier", "VARCHAR", "Fichier dont la ligne vient", met=True),
    OutputColumn("ligne", "INTEGER", "Ligne de ce fichier où l'enregistrement commence"),
)

_REGION = OutputColumn("region", "VARCHAR", "Code de la région de l'organisme", met=True)

_DERIVED = columns_of("""
    annee_detection INTEGER Année de la saisine
    annee_ouverture INTEGER Année de l'ouverture ; vide si l'accompagnement n'est pas ouvert
    annee_cloture INTEGER Année de la clôture ; vide si l'accompagnement est en cours
    delai_jours INTEGER Délai d'ouverture en jours, de la saisine à l'ouverture
    duree_jours INTEGER Durée en jours, de la saisine à la clôture ; vide si l'accompagnement est en cours
    age INTEGER Âge en années révolues à la saisine
    tranche_age VARCHAR Tranche d'âge : moins_de_25, 25_39, 40_49, 50_59 ou 60_et_plus
    succes BOOLEAN Clôturé pour un motif de succès
    externe BOOLEAN Détecté par un partenaire ou un professionnel de santé""")

_COMPUTED = {
    "annee_ouverture": "EXTRACT(YEAR FROM date_ouverture)",
    "delai_jours": "date_ouverture - date_saisine",
    "duree_jours": "date_cloture - date_saisine",
    "tranche_age": "CASE WHEN age < 25 THEN 'moins_de_25' WHEN age < 40 THEN '25_39' WHEN age < 50 THEN '40_49' "
    "WHEN age < 60 THEN '50_59' WHEN age >= 60 THEN '60_et_plus' END",
    "succes": f"COALESCE(motif_cloture IN ({', '.join(repr(m) for m in MOTIFS_SUCCES)}), FALSE)",
    "externe": f"famille_detecteur <> '{FAMILLE_INTERNE}'",
    **{p.code: f"COALESCE({p.where}, FALSE)" for p in APART},
}

_PLACE = columns_of("""
    id_accompagnement VARCHAR Numéro de l'accompagnement dans BALI
    organisme VARCHAR Code de l'organisme
    region VARCHAR Code de la région de l'organisme
    annee_cloture INTEGER Année de la clôture""")

_OBSERVED = columns_of("""
    jour_observation DATE Jour d'observation : date de la dernière livraison BALI lue
    jours_observes INTEGER Jours de la saisine au jour d'observation
    suivi_jours INTEGER Jours de la clôture au jour d'observation ; vide si l'accompagnement est en cours
    retour_jours INTEGER De la clôture à la saisine suivante de la même personne, où que ce soit, en jours ; vide au-delà de 365""")

_FLAGS = tuple(OutputColumn(p.code, "BOOLEAN", f"Fait partie du public « {p.label} »") for p in APART)


def _accompagnements() -> tuple[OutputColumn, ...]:
    stored = tuple(replace(c, met=c.name == "organisme") for c in stored_columns(ACCOMPAGNEMENTS))
    publics = tuple(flag for flag in _FLAGS if flag.name not in {c.name for c in stored})
    derived = (replace(c, computed=_COMPUTED.get(c.name, "")) for c in (*_DERIVED, *publics))
    return (*stored, _REGION, *derived, *_ORIGIN)


_BY_NAME = {c.name: c for c in _accompagnements()}

_OWN = tuple(_BY_NAME[name] for name in dict.fromkeys((*KEPT, *(p.code for p in APART))))
_PARCOURS = (*_OWN, *_OBSERVED, *(OutputColumn(mark, "BOOLEAN", words) for mark, words in MARKS.items()))

DETAIL = (
    Output("detail", "accompagnements", ACCOMPAGNEMENTS.description, _accompagnements()),
    Output("detail", "actions", ACTIONS.description, (*stored_columns(ACTIONS), *_ORIGIN)),
    Output("detail", "soins", SOINS.description, (*stored_columns(SOINS), *_ORIGIN)),
    Output(
        "detail",
        "parcours_reperes",
        "Une ligne par accompagnement qui a une action ou un soin de généraliste : ce que detail.parcours en retient.",
        (
            _BY_NAME["id_accompagnement"],
            OutputColumn(
                "reperes",
                "INTEGER",
                "Somme d'un nombre par colonne de detail.parcours qui est vraie : "
                + ", ".join(f"{bit} {mark}" for mark, bit in BIT.items()),
            ),
        ),
    ),
    Output(
        "detail",
        "parcours_retours",
        "Une ligne par clôture suivie, dans les 365 jours, d'une autre saisine de la même personne.",
        (_BY_NAME["id_accompagnement"], _OBSERVED[-1]),
    ),
    Output(
        "detail",
        "parcours",
        "Une ligne par accompagnement avec ses publics et ses thématiques : la vue de base des indicateurs.",
        _PARCOURS,
        VIEW,
    ),
    Output(
        "detail",
        "stocks",
        "Une ligne par accompagnement et 31 décembre où il est en cours : detail.parcours, avec l'année et l'âge du dossier.",
        (
            *_PARCOURS[: len(_OWN)],
            *columns_of("""
            annee_stock INTEGER Année du 31 décembre où l'accompagnement est en cours
            age_jours INTEGER De la saisine à ce 31 décembre, en jours"""),
            *_PARCOURS[len(_OWN) :],
        ),
        STOCKS_VIEW,
    ),
    Output(
        "detail",
        "soins_distincts",
        "Les soins distincts (accompagnement, type, spécialité) des accompagnements aux soins clôturés avec succès.",
        (
            *_PLACE,
            *columns_of("""
            type_soins VARCHAR Type de soins
            specialite VARCHAR Spécialité médicale"""),
            *_FLAGS,
        ),
    ),
    Output(
        "detail",
        "orientations",
        "Les actions d'orientation vers un partenaire connu des accompagnements clôturés.",
        (
            *_PLACE,
            *columns_of("partenaire VARCHAR Partenaire vers lequel la personne est orientée, en capitales"),
            *_FLAGS,
        ),
    ),
)

# the tables that are read of the exports; the rest of the detail is made from them
READ = tuple(f"detail.{t.name}" if s.grows else f"detail.{s.name}_{t.name}" for s in SOURCES for t in s.tables)

_YEARLY_PLACE = columns_of("""
    annee INTEGER Année de l'enquête ou du dossier livré
    organisme VARCHAR Code de l'organisme
    region VARCHAR Code de la région de l'organisme""")


def _yearly(table: Table) -> Output:
    own = tuple(c for c in stored_columns(table) if c.name != "organisme")
    return Output("detail", f"{table.source}_{table.name}", table.description, (*_YEARLY_PLACE, *own))


_ACTION = (
    *_YEARLY_PLACE,
    *columns_of("""
    identifiant VARCHAR Identifiant de l'action chez l'organisme
    public VARCHAR Population visée"""),
)

DETAIL_YEARLY = (
    *(_yearly(table) for source in (ENQUETE, ACTION_SOCIALE) for table in source.tables),
    Output(
        "detail",
        "enquete_action_services",
        "Une ligne par action « aller vers » et service mobilisé.",
        (*_ACTION, *columns_of("service VARCHAR Service mobilisé")),
    ),
    Output(
        "detail",
        "enquete_action_partenaires",
        "Une ligne par action « aller vers » co-construite et partenaire.",
        (*_ACTION, *columns_of("partenaire VARCHAR Partenaire de co-construction, en capitales")),
    ),
)
