"""BALI, the accompaniment tool of the MisAS: the three tables of an export and their rules."""

import polars as pl

from schemas import nomenclatures as n
from schemas.exports.declarations import Column, Context, Rule, Source, Table, raw
from schemas.exports.kinds import Code, CodeWithin, Day, Identifier, Name, Nir, Reference, Text, YesNo

OLDEST = 120


def completed_years(born: str, at: str) -> pl.Expr:
    """Age in completed years; somebody born on 29 February is a year older on 1 March."""

    def number(name: str) -> pl.Expr:
        day = pl.col(name).dt
        return day.year() * 10_000 + day.month().cast(pl.Int32) * 100 + day.day().cast(pl.Int32)

    return (number(at) - number(born)) // 10_000


def _after_extraction(column: str) -> Rule:
    return Rule("R11", column, lambda context: pl.col(column) > pl.lit(context.delivery.day))


def _birth_impossible(_: Context) -> pl.Expr:
    later = pl.col("date_naissance") > pl.col("date_saisine")
    return later | (completed_years("date_naissance", "date_saisine") > OLDEST)


def _opening_impossible(_: Context) -> pl.Expr:
    opened = pl.col("date_ouverture")
    return (opened < pl.col("date_saisine")) | (opened > pl.col("date_cloture")).fill_null(False)


ID = "id_accompagnement"
ID_HEADER = "Numéro d'accompagnement"

ACCOMPAGNEMENTS = Table(
    source="bali",
    name="accompagnements",
    description="Une ligne par saisine de la MisAS, avec l'accompagnement qui l'a suivie.",
    key=(ID,),
    history=True,
    columns=(
        Column(ID, ID_HEADER, Identifier(), "Numéro de l'accompagnement dans BALI", missing="R01"),
        Column(
            "nir",
            "NIR",
            Nir(),
            "Empreinte à clé du NIR : la même personne a toujours la même",
            unreadable="A01",
            personal=True,
            hashed_as="id_personne",
        ),
        Column(
            "organisme",
            "Organisme",
            Reference(reference="organismes"),
            "Code de l'organisme (CPAM, CGSS, CSS, CCSS)",
            missing="R02",
            unreadable="R02",
        ),
        Column(
            "date_saisine",
            "Date de création de la saisine",
            Day(),
            "Date de création de la saisine",
            missing="R03",
            unreadable="R03",
        ),
        Column("date_ouverture", "Date d'ouverture", Day(), "Date d'ouverture de l'accompagnement", unreadable="A07"),
        Column(
            "date_cloture",
            "Date de clôture",
            Day(),
            "Date de clôture ; vide si l'accompagnement est en cours",
            unreadable="R04",
            required=True,
        ),
        Column(
            "motif_cloture",
            "Motif de clôture",
            Code(nomenclature=n.MOTIF_CLOTURE),
            "Motif de clôture ; les trois premiers sont des succès",
            unreadable="R06",
            required=True,
        ),
        Column(
            "type_accompagnement",
            "Type d'accompagnement",
            Code(nomenclature=n.TYPE_ACCOMPAGNEMENT),
            "Accompagnement aux soins ou hors soins (droits, numérique)",
            missing="R08",
            unreadable="R08",
        ),
        Column(
            "famille_detecteur",
            "Famille de détecteur",
            Code(nomenclature=n.FAMILLE_DETECTEUR),
            "Famille du détecteur : Assurance Maladie (interne), partenaires ou professionnels de santé (externes)",
            missing="R09",
            unreadable="R09",
        ),
        Column(
            "categorie_detecteur",
            "Catégorie de détecteur",
            CodeWithin(nomenclature=n.CATEGORIE_DETECTEUR, parent="famille_detecteur", parents=n.FAMILLE_DE_CATEGORIE),
            "Catégorie du détecteur dans sa famille",
            missing="R10",
            unreadable="R10",
        ),
        Column(
            "structure",
            "Structure détectrice",
            Name(reference="structures"),
            "Structure à l'origine de la détection, sous son nom canonique, en capitales",
        ),
        Column(
            "help",
            "Dispositif HELP",
            YesNo(),
            "Saisine du dispositif HELP (travailleurs indépendants)",
            unreadable="A04",
            default=False,
        ),
        Column("sexe", "Sexe", Code(nomenclature=n.SEXE), "Sexe de la personne", unreadable="A03"),
        Column(
            "date_naissance",
            "Date de naissance",
            Day(),
            "Date de naissance de la personne",
            unreadable="A02",
            personal=True,
            age_at="date_saisine",
        ),
        Column(
            "medecin_traitant_debut",
            "Médecin traitant à l'ouverture",
            YesNo(),
            "Médecin traitant déclaré à l'ouverture",
            unreadable="A04",
        ),
        Column(
            "medecin_traitant_fin",
            "Médecin traitant à la clôture",
            YesNo(),
            "Médecin traitant déclaré à la clôture",
            unreadable="A04",
        ),
        Column(
            "c2s_fin",
            "Complémentaire santé solidaire à la clôture",
            YesNo(),
            "Bénéficiaire de la Complémentaire santé solidaire à la clôture",
            unreadable="A04",
        ),
        Column(
            "ald_fin",
            "Exonération TM ALD à la clôture",
            YesNo(),
            "Exonéré du ticket modérateur au titre d'une affection de longue durée à la clôture",
            unreadable="A04",
        ),
        Column(
            "situation",
            "Situation professionnelle",
            Code(nomenclature=n.SITUATION),
            "Situation professionnelle (remontée des droits à 6 mois)",
            unreadable="A05",
        ),
        Column(
            "handicap",
            "Situation de handicap",
            YesNo(),
            "Personne vivant un handicap",
            unreadable="A04",
            default=False,
        ),
    ),
    rules=(
        Rule("R05", "date_cloture", lambda _: pl.col("date_cloture") < pl.col("date_saisine")),
        Rule("R07", "motif_cloture", lambda _: raw("date_cloture").is_null() != raw("motif_cloture").is_null()),
        _after_extraction("date_saisine"),
        _after_extraction("date_cloture"),
        Rule("A02", "date_naissance", _birth_impossible),
        Rule("A07", "date_ouverture", _opening_impossible),
    ),
)

ACTIONS = Table(
    source="bali",
    name="actions",
    description="Les actions menées pendant un accompagnement.",
    parent="accompagnements",
    orphan="R20",
    columns=(
        Column(ID, ID_HEADER, Identifier(), "Numéro de l'accompagnement dans BALI", missing="R20"),
        Column(
            "thematique",
            "Thématique",
            Code(nomenclature=n.THEMATIQUE),
            "Thématique de l'action",
            missing="R21",
            unreadable="R21",
        ),
        Column("libelle", "Action", Text(), "Libellé de l'action", silent=True),
        Column("date_action", "Date de l'action", Day(), "Date de l'action", unreadable="A22"),
        Column(
            "resultat", "Résultat", Code(nomenclature=n.RESULTAT), "Résultat de l'action", unreadable="A22", silent=True
        ),
        Column(
            "partenaire",
            "Partenaire d'orientation",
            Name(),
            "Partenaire vers lequel la personne est orientée, en capitales",
        ),
    ),
)

SOINS = Table(
    source="bali",
    name="soins",
    description="Les soins visés par un accompagnement.",
    parent="accompagnements",
    orphan="R20",
    columns=(
        Column(ID, ID_HEADER, Identifier(), "Numéro de l'accompagnement dans BALI", missing="R20"),
        Column(
            "type_soins",
            "Type de soins",
            Code(nomenclature=n.TYPE_SOINS),
            "Type de soins",
            missing="R31",
            unreadable="R31",
        ),
        Column("specialite", "Spécialité", Code(nomenclature=n.SPECIALITE), "Spécialité médicale", unreadable="A32"),
        Column("realise", "Soin réalisé", YesNo(), "Le soin a été réalisé", unreadable="A04"),
        Column("date_realisation", "Date de réalisation", Day(), "Date de réalisation du soin", unreadable="A32"),
    ),
)

BALI = Source("bali", "Accompagnements (BALI)", "bali/{jour}", (ACCOMPAGNEMENTS, ACTIONS, SOINS))
