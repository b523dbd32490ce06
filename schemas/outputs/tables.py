"""The public face of the data: every table of the published file, with its columns, types and French comments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from schemas.exports.action_sociale import ACTION_SOCIALE
from schemas.exports.bali import ACCOMPAGNEMENTS, ACTIONS, SOINS
from schemas.exports.declarations import Table
from schemas.exports.enquete import ENQUETE
from schemas.indicators.catalogue import BY_ID
from schemas.indicators.catalogue_action_sociale import RIGHTS
from schemas.indicators.catalogue_enquete import CONTACTS_APART, ORIENTED
from schemas.indicators.indicator import ANNEES, EVOLUTION, JOURS, NOMBRE, NOTE, PART, Indicator
from schemas.indicators.parcours import BIT, KEPT, MARKS, VIEW
from schemas.nomenclatures import (
    CANAL,
    DECISION,
    DOTATION,
    EVENEMENT,
    FAMILLE_AIDE,
    FAMILLE_INTERNE,
    FORMAT,
    MOTIF_CLOTURE,
    MOTIFS_SUCCES,
    OFFRE,
    SERVICE,
    TRANCHE_AGE,
    TYPE_DEMANDE,
    TYPE_FORMATION,
)
from schemas.publics import APART
from schemas.text import quoted

LAYERS = {
    "ref": "Référentiels",
    "detail": "Lignes pseudonymisées, une par enregistrement accepté",
    "marts": "Indicateurs et tables thématiques",
    "controle": "Livraisons, bilan des lignes, rejets et alertes",
}


def enum_of(codes: Iterable[str]) -> str:
    """DuckDB's type of a column that holds these codes, as DuckDB writes it."""
    return f"ENUM({', '.join(map(quoted, codes))})"


@dataclass(frozen=True)
class OutputColumn:
    name: str
    sql: str
    comment: str
    distinct: bool = False  # of hardly any value twice: a dictionary of them would be sought in vain
    computed: str = ""  # from the other columns, whenever it is read: it is not stored
    codes: tuple[str, ...] = ()  # the only values, in the order of texts: DuckDB keeps their numbers
    met: bool = False  # its only values are known when a refresh begins: they are its codes then

    @property
    def type(self) -> str:
        """The type in DuckDB's file."""
        return enum_of(self.codes) if self.codes else self.sql

    @property
    def declared(self) -> str:
        """The column as CREATE TABLE wants it."""
        if self.computed:
            return f"{self.name} {self.sql} GENERATED ALWAYS AS ({self.computed}) VIRTUAL"
        return f"{self.name} {self.type}{' USING COMPRESSION zstd' if self.distinct else ''}"


@dataclass(frozen=True)
class Output:
    """A published table, or the view that the query `view` is."""

    layer: str
    name: str
    comment: str
    columns: tuple[OutputColumn, ...]
    view: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.layer}.{self.name}"

    def holding(self, met: Mapping[str, Iterable[str]]) -> "Output":
        """The same where columns hold what is `met`, by their name."""
        columns = (replace(c, codes=tuple(met[c.name])) if c.met else c for c in self.columns)
        return replace(self, columns=tuple(columns))


def _columns(text: str) -> tuple[OutputColumn, ...]:
    """Columns written one a line, as `name TYPE comment`."""
    lines = [line.split(maxsplit=2) for line in text.strip().splitlines()]
    return tuple(OutputColumn(name, sql, comment) for name, sql, comment in lines)


def _stored(table: Table) -> tuple[OutputColumn, ...]:
    return tuple(
        OutputColumn(
            c.name, c.kind.sql, c.description, c.kind.mostly_distinct and not table.parent, codes=c.kind.single
        )
        for c in table.stored
    )


# --- ref --------------------------------------------------------------------------------------------------

_REF = (
    Output(
        "ref",
        "organismes",
        "Les organismes et leur région.",
        _columns("""
        organisme VARCHAR Code de l'organisme
        nom VARCHAR Nom de l'organisme
        type VARCHAR CPAM, CGSS, CSS ou CCSS
        departement VARCHAR Code du département
        code_region VARCHAR Code de la région
        region VARCHAR Nom de la région"""),
    ),
    Output(
        "ref",
        "structures",
        "Les noms canoniques des structures détectrices et leurs autres noms.",
        _columns("""
        alias VARCHAR Nom rencontré, en capitales
        structure VARCHAR Nom canonique, en capitales"""),
    ),
    Output(
        "ref",
        "annees",
        "Les années présentes par source, et si elles sont complètes.",
        _columns("""
        annee INTEGER Année
        source VARCHAR Source : bali, enquete ou action_sociale
        complete BOOLEAN L'année est entière : livrée ; pour BALI, douze mois et une extraction après sa fin"""),
    ),
    Output(
        "ref",
        "nomenclatures",
        "Les codes des nomenclatures et leurs libellés.",
        _columns("""
        nomenclature VARCHAR Nom de la nomenclature, celui de la colonne qu'elle décrit
        code VARCHAR Code enregistré
        libelle VARCHAR Libellé
        rang INTEGER Ordre naturel"""),
    ),
    Output(
        "ref",
        "indicateurs",
        "Le catalogue des indicateurs.",
        _columns("""
        indicateur VARCHAR Identifiant de l'indicateur
        libelle VARCHAR Libellé
        unite VARCHAR Unité : nombre, part, jours, evolution, note ou annees
        source VARCHAR Source
        base VARCHAR Population sur laquelle il est calculé
        definition VARCHAR Définition
        diapositive VARCHAR Diapositive où il paraît"""),
    ),
    Output(
        "ref",
        "regles",
        "Les règles de rejet (R) et d'alerte (A).",
        _columns("""
        regle VARCHAR Numéro de la règle
        libelle VARCHAR Ce que dit la règle"""),
    ),
    Output(
        "ref",
        "millesime",
        "Le millésime que porte ce fichier.",
        _columns("""
        millesime VARCHAR Nom du millésime
        cree_le TIMESTAMP Date et heure de création (UTC)
        version VARCHAR Version d'adass
        synthetique BOOLEAN Au moins une livraison est synthétique : les chiffres ne sont pas réels"""),
    ),
)

# --- detail -----------------------------------------------------------------------------------------------

_ORIGIN = (
    OutputColumn("livraison", "VARCHAR", "Livraison dont la ligne vient", met=True),
    OutputColumn("fichier", "VARCHAR", "Fichier dont la ligne vient", met=True),
    OutputColumn("ligne", "INTEGER", "Ligne de ce fichier où l'enregistrement commence"),
)

_REGION = OutputColumn("region", "VARCHAR", "Code de la région de l'organisme", met=True)

_DERIVED = _columns("""
    annee_detection INTEGER Année de la saisine
    annee_cloture INTEGER Année de la clôture ; vide si l'accompagnement est en cours
    duree_jours INTEGER Durée en jours, de la saisine à la clôture
    age INTEGER Âge en années révolues à la saisine
    tranche_age VARCHAR Tranche d'âge : moins_de_25, 25_39, 40_49, 50_59 ou 60_et_plus
    succes BOOLEAN Clôturé pour un motif de succès
    externe BOOLEAN Détecté par un partenaire ou un professionnel de santé""")

_COMPUTED = {
    "duree_jours": "date_cloture - date_saisine",
    "tranche_age": "CASE WHEN age < 25 THEN 'moins_de_25' WHEN age < 40 THEN '25_39' WHEN age < 50 THEN '40_49' "
    "WHEN age < 60 THEN '50_59' WHEN age >= 60 THEN '60_et_plus' END",
    "succes": f"COALESCE(motif_cloture IN ({', '.join(repr(m) for m in MOTIFS_SUCCES)}), FALSE)",
    "externe": f"famille_detecteur <> '{FAMILLE_INTERNE}'",
    **{p.code: f"COALESCE({p.where}, FALSE)" for p in APART},
}

_PLACE = _columns("""
    id_accompagnement VARCHAR Numéro de l'accompagnement dans BALI
    organisme VARCHAR Code de l'organisme
    region VARCHAR Code de la région de l'organisme
    annee_cloture INTEGER Année de la clôture""")

_FLAGS = tuple(OutputColumn(p.code, "BOOLEAN", f"Fait partie du public « {p.label} »") for p in APART)


def _accompagnements() -> tuple[OutputColumn, ...]:
    stored = tuple(replace(c, met=c.name == "organisme") for c in _stored(ACCOMPAGNEMENTS))
    publics = tuple(flag for flag in _FLAGS if flag.name not in {c.name for c in stored})
    derived = (replace(c, computed=_COMPUTED.get(c.name, "")) for c in (*_DERIVED, *publics))
    return (*stored, _REGION, *derived, *_ORIGIN)


_BY_NAME = {c.name: c for c in _accompagnements()}

_DETAIL = (
    Output("detail", "accompagnements", ACCOMPAGNEMENTS.description, _accompagnements()),
    Output("detail", "actions", ACTIONS.description, (*_stored(ACTIONS), *_ORIGIN)),
    Output("detail", "soins", SOINS.description, (*_stored(SOINS), *_ORIGIN)),
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
        "parcours",
        "Une ligne par accompagnement avec ses publics et ses thématiques : la vue de base des indicateurs.",
        (
            *(_BY_NAME[name] for name in KEPT),
            *_FLAGS,
            *(OutputColumn(mark, "BOOLEAN", words) for mark, words in MARKS.items()),
        ),
        VIEW,
    ),
    Output(
        "detail",
        "soins_distincts",
        "Les soins distincts (accompagnement, type, spécialité) des accompagnements aux soins clôturés avec succès.",
        (
            *_PLACE,
            *_columns("""
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
            *_columns("partenaire VARCHAR Partenaire vers lequel la personne est orientée, en capitales"),
            *_FLAGS,
        ),
    ),
)

_YEARLY_PLACE = _columns("""
    annee INTEGER Année de l'enquête ou du dossier livré
    organisme VARCHAR Code de l'organisme
    region VARCHAR Code de la région de l'organisme""")


def _yearly(table: Table) -> Output:
    own = tuple(c for c in _stored(table) if c.name != "organisme")
    return Output("detail", f"{table.source}_{table.name}", table.description, (*_YEARLY_PLACE, *own))


_ACTION = (
    *_YEARLY_PLACE,
    *_columns("""
    identifiant VARCHAR Identifiant de l'action chez l'organisme
    public VARCHAR Population visée"""),
)

_DETAIL_YEARLY = (
    *(_yearly(table) for source in (ENQUETE, ACTION_SOCIALE) for table in source.tables),
    Output(
        "detail",
        "enquete_action_services",
        "Une ligne par action « aller vers » et service mobilisé.",
        (*_ACTION, *_columns("service VARCHAR Service mobilisé")),
    ),
    Output(
        "detail",
        "enquete_action_partenaires",
        "Une ligne par action « aller vers » co-construite et partenaire.",
        (*_ACTION, *_columns("partenaire VARCHAR Partenaire de co-construction, en capitales")),
    ),
)

# --- marts ------------------------------------------------------------------------------------------------

KEYS = _columns("""
    annee INTEGER Année
    niveau VARCHAR Niveau : national, region ou organisme
    territoire VARCHAR FR, code de la région ou code de l'organisme
    public VARCHAR Public (voir ref.nomenclatures)""")

INDICATEURS = Output(
    "marts",
    "indicateurs",
    "Tous les indicateurs, une ligne par valeur.",
    (
        *KEYS,
        *_columns("""
        indicateur VARCHAR Identifiant de l'indicateur (voir ref.indicateurs)
        modalite VARCHAR Modalité ; vide s'il n'y en a pas
        numerateur DOUBLE Numérateur ; vide pour une médiane
        denominateur DOUBLE Dénominateur ; vide pour un nombre
        valeur DOUBLE Valeur : nombre, part de 0 à 1, évolution, jours, note ou années
        unite VARCHAR Unité : nombre, part, jours, evolution, note ou annees"""),
    ),
)

STRUCTURES = Output(
    "marts",
    "structures",
    "Les structures externes à l'origine des détections de l'année, par ordre d'activité.",
    _columns("""
        annee INTEGER Année
        niveau VARCHAR Niveau : national, region ou organisme
        territoire VARCHAR FR, code de la région ou code de l'organisme
        structure VARCHAR Nom canonique de la structure, en capitales
        rang INTEGER Rang dans le territoire, de 1, par nombre d'accompagnements
        accompagnements BIGINT Accompagnements détectés par la structure
        part_soins DOUBLE Part des accompagnements aux soins
        part_non_pertinent DOUBLE Part des « non pertinent » parmi ses accompagnements clôturés
        organismes INTEGER Organismes concernés
        organismes_conventionnes INTEGER Organismes du territoire ayant conventionné ; vide sans enquête de l'année"""),
)


@dataclass(frozen=True)
class MartColumn:
    """A column of a thematic mart: one figure of `marts.indicateurs`."""

    name: str
    indicator: str
    modality: str = ""
    figure: str = "valeur"  # or numerateur, denominateur
    whole: str = ""  # where each modalité has a row: the indicator that gives the figure over all of them

    @property
    def declared(self) -> Indicator:
        return BY_ID[self.indicator]

    @property
    def is_count(self) -> bool:
        return not self.declared.euros and (self.figure != "valeur" or self.declared.unit == NOMBRE)

    def output(self) -> OutputColumn:
        label = self.declared.label
        if self.modality:
            label += f" : {self.declared.label_of(self.modality)}"
        words = {"numerateur": "Effectif", "denominateur": "Base"}.get(self.figure)
        comment = f"{words} – {label}" if words else label
        return OutputColumn(self.name, "BIGINT" if self.is_count else "DOUBLE", f"{comment} ({self.indicator})")


@dataclass(frozen=True)
class ThematicMart:
    """A wide table over the indicators of one theme: `key` is the indicator that says which rows there are.

    `by`: the column that holds the modalité, where each has a row of its own (of a modalité in two parts, the first);
    figures that are of no such modalité stand on the row WHOLE. An empty `key`: every row that has a figure.
    """

    name: str
    comment: str
    key: str
    columns: tuple[MartColumn, ...]
    by: OutputColumn | None = None

    @property
    def output(self) -> Output:
        keys = (*KEYS, *([self.by] if self.by else []))
        return Output("marts", self.name, self.comment, (*keys, *(c.output() for c in self.columns)))


WHOLE = "ENSEMBLE"
_PREFIX = {PART: "part_", JOURS: "duree_", EVOLUTION: "evolution_", ANNEES: "age_", NOTE: "note_", NOMBRE: ""}


def _each(indicator: str, stem: str = "", counts: str = "") -> tuple[MartColumn, ...]:
    """A column for each modalité, and one for its count where `counts` names it."""
    declared = BY_ID[indicator]
    prefix = _PREFIX[declared.unit] + stem
    modalities = list(declared.cases) or list(declared.labels)
    shares = tuple(MartColumn(f"{prefix}{m.lower()}", indicator, m) for m in modalities)
    if not counts:
        return shares
    return (*(MartColumn(f"{counts}_{m.lower()}", indicator, m, "numerateur") for m in modalities), *shares)


def _one(name: str, indicator: str, figure: str = "valeur") -> MartColumn:
    return MartColumn(name, indicator, "", figure)


def _parts(stem: str, indicator: str, codes: Iterable[str], figure: str = "valeur") -> tuple[MartColumn, ...]:
    """A column for each of these modalités, or second parts of modalités."""
    return tuple(MartColumn(f"{stem}_{code.lower()}", indicator, code, figure) for code in codes)


_POPULATION, _PARTENAIRE = _columns("""
    population VARCHAR Population visée (code) ; ENSEMBLE pour toutes
    partenaire VARCHAR Partenaire, en capitales""")

YEARLY_MARTS = (
    ThematicMart(
        "aller_vers",
        "Les actions « aller vers » de l'enquête, par population visée.",
        "aller_vers.actions_public",
        (
            MartColumn("actions", "aller_vers.actions_public", whole="aller_vers.actions"),
            _one("actions_hors_les_murs", "aller_vers.actions_hors_les_murs"),
            _one("organismes", "aller_vers.organismes"),
            _one("part_organismes", "aller_vers.part_organismes"),
            _one("organismes_hors_les_murs", "aller_vers.organismes_hors_les_murs"),
            *(
                MartColumn(f"personnes_{who}_{case.lower()}", f"aller_vers.personnes_{who}", case)
                for who in ("ciblees", "informees", "aidees")
                for case in CONTACTS_APART
            ),
            *(
                _one(f"personnes_{who}", f"aller_vers.personnes_{who}_public")
                for who in ("ciblees", "informees", "aidees")
            ),
            *(
                _one(f"part_{what}", f"aller_vers.part_{what}")
                for what in (
                    "hors_les_murs",
                    "contact_sortant",
                    "ponctuel",
                    "atelier",
                    "entretien",
                    "co_construction",
                    "pluridisciplinaire",
                    "diagnostic",
                )
            ),
            *_parts("part_service", "aller_vers.part_service", SERVICE),
            *_parts("personnes_canal", "aller_vers.personnes_canal", CANAL),
            *_parts("taux_aide", "aller_vers.taux_aide", EVENEMENT),
            *_parts("taux_orientation", "aller_vers.taux_orientation", EVENEMENT),
        ),
        by=_POPULATION,
    ),
    ThematicMart(
        "conventions",
        "Les conventions déclinées par les organismes, par partenaire.",
        "conventions.organismes",
        (
            _one("organismes_conventionnes", "conventions.organismes"),
            _one("evolution_organismes", "conventions.evolution"),
            _one("organismes_implantes", "conventions.part_couverture", "denominateur"),
            _one("part_couverture", "conventions.part_couverture"),
        ),
        by=_PARTENAIRE,
    ),
    ThematicMart(
        "ateliers_parents",
        "Les ateliers collectifs pour futurs parents (CAF/CPAM).",
        "enquete.repondants",
        (
            _one("organismes_repondants", "enquete.repondants"),
            _one("organismes_ateliers", "ateliers_parents.part_organismes", "numerateur"),
            _one("part_organismes", "ateliers_parents.part_organismes"),
            *_parts("organismes", "ateliers_parents.part_format", FORMAT, "numerateur"),
            *_parts("part", "ateliers_parents.part_format", FORMAT),
            _one("invitations", "ateliers_parents.invitations"),
            _one("presents", "ateliers_parents.taux_presence", "numerateur"),
            _one("part_presents", "ateliers_parents.taux_presence"),
            *_parts("orientes", "ateliers_parents.part_orientes", ORIENTED, "numerateur"),
            *_parts("part_orientes", "ateliers_parents.part_orientes", ORIENTED),
            _one("note_satisfaction", "ateliers_parents.satisfaction"),
        ),
    ),
    ThematicMart(
        "ase",
        "La prise en charge des bénéficiaires de l'aide sociale à l'enfance.",
        "enquete.repondants",
        (
            _one("organismes_repondants", "enquete.repondants"),
            *(
                _one(name, f"ase.{name}")
                for name in (
                    "beneficiaires",
                    "pris_en_charge",
                    "pris_en_charge_16",
                    "renouvellements_css",
                    "rdv_19",
                    "jeunes_rencontres",
                )
            ),
            _one("nouveaux", "ase.part_nouveaux", "numerateur"),
            *(_one(name, f"ase.{name}") for name in ("part_nouveaux", "organismes_rdv_19", "organismes_actions_caf")),
            *_parts("organismes_convention", "ase.organismes_convention", ("SIGNEE", "EN_COURS")),
            *(
                _one(name, f"ase.{name}")
                for name in (
                    "part_rencontre_annuelle",
                    "part_actions_jeunes",
                    "part_actions_professionnels",
                    "part_actions_departement",
                )
            ),
        ),
    ),
    ThematicMart(
        "action_sociale",
        "L'action sociale d'une caisse : aides, urgences, ateliers, entretiens, formations.",
        "",
        (
            _one("dossiers", "ass.dossiers"),
            *_parts("dossiers", "ass.dossiers_famille", FAMILLE_AIDE),
            *_parts("part_dossiers", "ass.part_famille", FAMILLE_AIDE),
            *_parts("montant", "ass.montant_famille", FAMILLE_AIDE),
            *_parts("decisions", "ass.decisions", DECISION),
            _one("jours_commission", "ass.commissions"),
            *_parts("montant_dotation", "ass.montant", DOTATION),
            *_parts("budget", "ass.part_engagee", DOTATION, "denominateur"),
            *_parts("part_engagee", "ass.part_engagee", DOTATION),
            _one("urgences", "lup.situations"),
            _one("evolution_urgences", "lup.evolution"),
            _one("structures_etablissements", "lup.etablissements"),
            *_parts("urgences", "lup.situations_type", TYPE_DEMANDE),
            _one("actions_ateliers", "ateliers.nombre"),
            *_parts("actions_ateliers", "ateliers.nombre", OFFRE),
            *(
                column
                for what in ("participants", "inscriptions", "ouvertures_c2s")
                for column in (
                    _one(f"ateliers_{what}", f"ateliers.{what}"),
                    *_parts(f"ateliers_{what}", f"ateliers.{what}", OFFRE),
                )
            ),
            _one("taux_inscription", "ateliers.taux_inscription"),
            *_parts("taux_inscription", "ateliers.taux_inscription", OFFRE),
            _one("entretiens", "entretiens.personnes"),
            _one("jours_entretiens", "entretiens.jours"),
            *_parts("entretiens", "entretiens.issues", (*RIGHTS, "INFORMATION")),
            _one("part_mise_a_jour", "entretiens.part_mise_a_jour"),
            *_parts("actions_formations", "formations.nombre", TYPE_FORMATION),
            *_parts("professionnels", "formations.participants", TYPE_FORMATION),
        ),
    ),
)

THEMATIC = (
    ThematicMart(
        "detections",
        "Les détections : nombre, type, familles et catégories de détecteurs.",
        "detections.nombre",
        (
            _one("detections", "detections.nombre"),
            _one("evolution_detections", "detections.evolution"),
            *_each("detections.part_type", counts="detections"),
            *_each("detections.part_famille", counts="detections"),
            _one("detections_externes", "detections.part_externe", "numerateur"),
            _one("part_externe", "detections.part_externe"),
            _one("part_soins_interne", "detections.part_soins_interne"),
            _one("part_soins_externe", "detections.part_soins_externe"),
            *_each("detections.nombre_categorie", "detections_"),
        ),
    ),
    ThematicMart(
        "clotures",
        "Les clôtures : nombre, motifs, succès.",
        "clotures.nombre",
        (
            _one("clotures", "clotures.nombre"),
            _one("evolution_clotures", "clotures.evolution"),
            _one("part_public", "clotures.part_public"),
            _one("succes", "clotures.nombre_succes"),
            _one("part_succes", "clotures.taux_succes"),
            *_each("clotures.part_motif", "motif_", counts="clotures"),
        ),
    ),
    ThematicMart(
        "durees",
        "Les durées des accompagnements, en jours.",
        "durees.moyenne",
        (
            _one("clotures", "durees.moyenne", "denominateur"),
            _one("duree_moyenne", "durees.moyenne"),
            _one("duree_mediane", "durees.mediane"),
            _one("duree_moyenne_soins", "soins.duree_moyenne"),
            _one("duree_mediane_soins", "soins.duree_mediane"),
            _one("duree_moyenne_hors_soins", "hors_soins.duree_moyenne"),
            _one("duree_mediane_hors_soins", "hors_soins.duree_mediane"),
            *(MartColumn(f"duree_moyenne_{m.lower()}", "durees.moyenne_motif", m) for m in MOTIF_CLOTURE),
        ),
    ),
    ThematicMart(
        "profils",
        "Les profils des personnes dont l'accompagnement est clôturé.",
        "clotures.nombre",
        (
            _one("clotures", "clotures.nombre"),
            _one("age_connu", "profil.age_median", "denominateur"),
            _one("age_median", "profil.age_median"),
            *(MartColumn(f"personnes_{m}", "profil.part_age", m, "numerateur") for m in TRANCHE_AGE),
            *(MartColumn(f"part_{m}", "profil.part_age", m) for m in TRANCHE_AGE),
            MartColumn("hommes", "profil.part_sexe", "H", "numerateur"),
            MartColumn("femmes", "profil.part_sexe", "F", "numerateur"),
            MartColumn("part_hommes", "profil.part_sexe", "H"),
            MartColumn("part_femmes", "profil.part_sexe", "F"),
            _one("avec_medecin_traitant", "profil.part_medecin_traitant", "numerateur"),
            _one("part_medecin_traitant", "profil.part_medecin_traitant"),
            _one("avec_c2s", "profil.part_c2s", "numerateur"),
            _one("part_c2s", "profil.part_c2s"),
            _one("avec_ald", "profil.part_ald", "numerateur"),
            _one("part_ald", "profil.part_ald"),
        ),
    ),
    ThematicMart(
        "thematiques",
        "Les thématiques abordées par les accompagnements clôturés.",
        "clotures.nombre",
        (
            _one("clotures", "clotures.nombre"),
            *_each("thematiques.part", counts="accompagnements"),
            *_each("soins.part_thematique", "soins_"),
            _one("part_soins_uniquement", "soins.part_uniquement_soins"),
            *_each("hors_soins.part_thematique", "hors_soins_"),
            *_each("hors_soins.part_thematique_seule", "hors_soins_seule_"),
        ),
    ),
    ThematicMart(
        "soins",
        "Les accompagnements aux soins et hors soins clôturés avec succès.",
        "clotures.nombre_succes",
        (
            _one("succes", "clotures.nombre_succes"),
            _one("succes_soins", "soins.nombre"),
            _one("part_succes_soins", "soins.part_des_succes"),
            _one("succes_hors_soins", "hors_soins.nombre"),
            _one("part_succes_hors_soins", "hors_soins.part_des_succes"),
            *_each("soins.part_type_soins", "type_", counts="soins"),
            *_each("soins.part_specialite", "specialite_", counts="soins_specialite"),
        ),
    ),
    ThematicMart(
        "gains",
        "Ce que les accompagnements clôturés ont apporté.",
        "clotures.nombre",
        (
            _one("clotures", "clotures.nombre"),
            *(
                MartColumn(f"{prefix}{gain}", f"gains.{gain}", "", figure)
                for gain in (
                    "complementaire_sante",
                    "orientation",
                    "numerique",
                    "prevention",
                    "aide_financiere",
                    "guidance",
                )
                for prefix, figure in (("", "numerateur"), ("part_", "valeur"))
            ),
        ),
    ),
    *YEARLY_MARTS,
)

# --- controle ---------------------------------------------------------------------------------------------

_FILE = _columns("""
    source VARCHAR Source : bali, enquete ou action_sociale
    livraison VARCHAR Livraison : le dossier sous la source
    fichier VARCHAR Nom du fichier""")

REASON_COLUMNS = _FILE + _columns("""
    ligne BIGINT Ligne du fichier, l'en-tête étant la ligne 1
    identifiant VARCHAR Identifiant porté par la ligne
    regle VARCHAR Règle (voir ref.regles)
    colonne VARCHAR Colonne en cause
    valeur VARCHAR Valeur en cause ; masquée pour un NIR ou une date de naissance""")

_CONTROLE = (
    Output(
        "controle",
        "livraisons",
        "Le bilan des lignes de chaque fichier : lues = acceptées + rejetées + remplacées.",
        _FILE
        + _columns("""
        sha256 VARCHAR Empreinte du fichier
        lignes_lues BIGINT Lignes lues
        lignes_acceptees BIGINT Lignes acceptées et restées
        lignes_rejetees BIGINT Lignes rejetées
        lignes_remplacees BIGINT Lignes remplacées par une ligne plus récente"""),
    ),
    Output("controle", "rejets", "Les motifs de rejet, un par règle et colonne en cause.", REASON_COLUMNS),
    Output("controle", "alertes", "Les alertes : la ligne reste, le champ est vidé.", REASON_COLUMNS),
    Output(
        "controle",
        "derives",
        "Ce que les fichiers ont d'autre que le contrat des exports : colonnes absentes, inconnues ou renommées, codes inconnus.",
        _FILE
        + _columns("""
        nature VARCHAR Colonne absente, inconnue ou renommée, code inconnu, contenu inattendu, date d'une autre forme
        colonne VARCHAR Colonne en cause ; l'en-tête du fichier si elle est inconnue
        valeur VARCHAR En-tête d'une colonne renommée, code inconnu, ou forme de la date (9 un chiffre, a des lettres)
        lignes BIGINT Lignes du fichier qui sont dans ce cas
        indice VARCHAR Ce qu'il fallait peut-être lire : en-tête ou code le plus proche ; vide si rien n'en approche"""),
    ),
    Output(
        "controle",
        "origines",
        "D'où viennent les accompagnements restés : pour chaque livraison, les organismes et les années qu'elle porte.",
        _columns("""
        source VARCHAR Source : bali
        livraison VARCHAR Livraison : le dossier sous la source
        organisme VARCHAR Code de l'organisme
        annee INTEGER Année de la saisine ou de la clôture
        lignes BIGINT Accompagnements de cette livraison saisis ou clôturés cette année-là"""),
    ),
    Output(
        "controle",
        "controles",
        "Les contrôles bloquants passés avant la publication, et ce qu'ils ont constaté.",
        _columns("""
        controle VARCHAR Nom du contrôle
        objet VARCHAR Table contrôlée
        resultat VARCHAR Résultat : conforme ou échec
        constat VARCHAR Ce qui a été constaté"""),
    ),
    Output(
        "controle",
        "diffusion",
        "Ce que masque le fichier de diffusion, et ce que son audit a constaté.",
        _columns("""
        attaquant VARCHAR Qui cherche : public (ne sait que ce qui est montré), caisse, region, millésimes antérieurs ; vide si personne
        territoire VARCHAR Code de la caisse ou de la région qui cherche ; vide pour toutes
        niveau VARCHAR Niveau des lignes comptées ; vide pour tous
        mesure VARCHAR Ce qui est compté
        nombre BIGINT Nombre
        part DOUBLE Part de l'ensemble, de 0 à 1"""),
    ),
    Output(
        "controle",
        "reconciliation",
        "Les chiffres publiés face aux chiffres calculés.",
        _columns("""
        publication VARCHAR Document publié
        reference VARCHAR Diapositive ou section
        indicateur VARCHAR Indicateur (voir ref.indicateurs) ou colonne de marts.structures ; vide si aucun
        libelle VARCHAR Libellé du chiffre
        annee INTEGER Année
        niveau VARCHAR Niveau : national, region ou organisme
        territoire VARCHAR FR, code de la région ou code de l'organisme
        public VARCHAR Public (voir ref.nomenclatures)
        modalite VARCHAR Modalité ; A+B est la somme des deux
        comparateur VARCHAR Comparateur : = tel qu'imprimé, ~ « près de » ou « environ », > « plus de »
        publie DOUBLE Chiffre publié ; une part va de 0 à 1
        calcule DOUBLE Chiffre calculé ; vide s'il n'est pas calculable
        ecart DOUBLE Calculé moins publié
        precision DOUBLE Demi-unité du dernier chiffre imprimé
        statut VARCHAR Statut : conforme, ecart ou non_calculable
        raison VARCHAR Pourquoi il n'est pas calculable, ou quels chiffres publiés il contredit"""),
    ),
    Output(
        "controle",
        "coherence",
        "Les chiffres d'une publication les uns face aux autres.",
        _columns("""
        publication VARCHAR Document publié
        reference VARCHAR Diapositives ou sections des chiffres en cause
        regle VARCHAR Nature de la règle et son objet
        detail VARCHAR Les chiffres, où ils se trouvent, ce qu'ils donnent
        statut VARCHAR Statut : cohérent ou contradiction"""),
    ),
)

_MARTS = (INDICATEURS, STRUCTURES, *(m.output for m in THEMATIC))

OUTPUTS: tuple[Output, ...] = (*_REF, *_DETAIL, *_DETAIL_YEARLY, *_MARTS, *_CONTROLE)
BY_FULL_NAME = {o.full_name: o for o in OUTPUTS}
