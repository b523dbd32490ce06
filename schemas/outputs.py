"""The public face of the data: every table of the published file, with its columns, types and French comments."""

from dataclasses import dataclass

from schemas.bali import ACCOMPAGNEMENTS, ACTIONS, SOINS
from schemas.catalogue import ANNEES, BY_ID, EVOLUTION, JOURS, NOMBRE, NOTE, PART, Indicator
from schemas.declarations import Table
from schemas.nomenclatures import MOTIF_CLOTURE, THEMATIQUE, TRANCHE_AGE
from schemas.publics import APART

LAYERS = {
    "ref": "Référentiels",
    "detail": "Lignes pseudonymisées, une par enregistrement accepté",
    "marts": "Indicateurs et tables thématiques",
    "controle": "Livraisons, bilan des lignes, rejets et alertes",
}


@dataclass(frozen=True)
class OutputColumn:
    name: str
    sql: str
    comment: str


@dataclass(frozen=True)
class Output:
    """A published table."""

    layer: str
    name: str
    comment: str
    columns: tuple[OutputColumn, ...]

    @property
    def full_name(self) -> str:
        return f"{self.layer}.{self.name}"


def _columns(text: str) -> tuple[OutputColumn, ...]:
    """Columns written one a line, as `name TYPE comment`."""
    lines = [line.split(maxsplit=2) for line in text.strip().splitlines()]
    return tuple(OutputColumn(name, sql, comment) for name, sql, comment in lines)


def _stored(table: Table) -> tuple[OutputColumn, ...]:
    return tuple(OutputColumn(c.name, c.kind.sql, c.description) for c in table.stored)


# --- ref --------------------------------------------------------------------------------------------------

_REF = (
    Output("ref", "organismes", "Les organismes et leur région.", _columns("""
        organisme VARCHAR Code de l'organisme
        nom VARCHAR Nom de l'organisme
        type VARCHAR CPAM, CGSS, CSS ou CCSS
        departement VARCHAR Code du département
        code_region VARCHAR Code de la région
        region VARCHAR Nom de la région""")),
    Output("ref", "structures", "Les noms canoniques des structures détectrices et leurs autres noms.", _columns("""
        alias VARCHAR Nom rencontré, en capitales
        structure VARCHAR Nom canonique, en capitales""")),
    Output("ref", "annees", "Les années présentes par source, et si elles sont complètes.", _columns("""
        annee INTEGER Année
        source VARCHAR Source : bali, enquete ou action_sociale
        complete BOOLEAN L'année est entière : douze mois de saisines et de clôtures, extraction après sa fin""")),
    Output("ref", "nomenclatures", "Les codes des nomenclatures et leurs libellés.", _columns("""
        nomenclature VARCHAR Nom de la nomenclature, celui de la colonne qu'elle décrit
        code VARCHAR Code enregistré
        libelle VARCHAR Libellé
        rang INTEGER Ordre naturel""")),
    Output("ref", "indicateurs", "Le catalogue des indicateurs.", _columns("""
        indicateur VARCHAR Identifiant de l'indicateur
        libelle VARCHAR Libellé
        unite VARCHAR Unité : nombre, part, jours, evolution, note ou annees
        source VARCHAR Source
        base VARCHAR Population sur laquelle il est calculé
        definition VARCHAR Définition
        diapositive VARCHAR Diapositive où il paraît""")),
    Output("ref", "regles", "Les règles de rejet (R) et d'alerte (A).", _columns("""
        regle VARCHAR Numéro de la règle
        libelle VARCHAR Ce que dit la règle""")),
    Output("ref", "millesime", "Le millésime que porte ce fichier.", _columns("""
        millesime VARCHAR Nom du millésime
        cree_le TIMESTAMP Date et heure de création (UTC)
        version VARCHAR Version d'adass
        synthetique BOOLEAN Au moins une livraison est synthétique : les chiffres ne sont pas réels""")),
)

# --- detail -----------------------------------------------------------------------------------------------

_DERIVED = _columns("""
    region VARCHAR Code de la région de l'organisme
    annee_detection INTEGER Année de la saisine
    annee_cloture INTEGER Année de la clôture ; vide si l'accompagnement est en cours
    duree_jours INTEGER Durée en jours, de la saisine à la clôture
    age INTEGER Âge en années révolues à la saisine
    tranche_age VARCHAR Tranche d'âge : moins_de_25, 25_39, 40_49, 50_59 ou 60_et_plus
    succes BOOLEAN Clôturé pour un motif de succès
    externe BOOLEAN Détecté par un partenaire ou un professionnel de santé""")

_PLACE = _columns("""
    id_accompagnement VARCHAR Numéro de l'accompagnement dans BALI
    organisme VARCHAR Code de l'organisme
    region VARCHAR Code de la région de l'organisme
    annee_cloture INTEGER Année de la clôture""")

_FLAGS = tuple(OutputColumn(p.code, "BOOLEAN", f"Fait partie du public « {p.label} »") for p in APART)

_THEMES = tuple(
    OutputColumn(f"{verb}_{theme.lower()}", "BOOLEAN", f"Au moins une action {words} de la thématique « {label} »")
    for verb, words in (("aborde", "(quel que soit son résultat)"), ("reussit", "réussie"))
    for theme, label in THEMATIQUE.items()
)

_PARCOURS_KEPT = (
    "id_accompagnement", "organisme", "region", "annee_detection", "annee_cloture", "duree_jours", "age", "tranche_age",
    "sexe", "type_accompagnement", "motif_cloture", "famille_detecteur", "categorie_detecteur", "succes", "externe",
    "medecin_traitant_fin", "c2s_fin", "ald_fin",
)  # fmt: skip


def _accompagnements() -> tuple[OutputColumn, ...]:
    return (*_stored(ACCOMPAGNEMENTS), *_DERIVED)


_BY_NAME = {c.name: c for c in _accompagnements()}

_DETAIL = (
    Output("detail", "accompagnements", ACCOMPAGNEMENTS.description, _accompagnements()),
    Output("detail", "actions", ACTIONS.description, _stored(ACTIONS)),
    Output("detail", "soins", SOINS.description, _stored(SOINS)),
    Output(
        "detail", "parcours",
        "Une ligne par accompagnement avec ses publics et ses thématiques : la table de base des indicateurs.",
        (
            *(_BY_NAME[name] for name in _PARCOURS_KEPT), *_FLAGS, *_THEMES,
            *_columns("""
                complementaire_sante BOOLEAN Action de droits réussie « Accès à une complémentaire santé »
                soin_generaliste BOOLEAN Au moins un soin de généraliste"""),
        ),
    ),
    Output(
        "detail", "soins_distincts",
        "Les soins distincts (accompagnement, type, spécialité) des accompagnements aux soins clôturés avec succès.",
        (*_PLACE, *_columns("""
            type_soins VARCHAR Type de soins
            specialite VARCHAR Spécialité médicale"""), *_FLAGS),
    ),
    Output(
        "detail", "orientations", "Les actions d'orientation vers un partenaire connu des accompagnements clôturés.",
        (*_PLACE, *_columns("partenaire VARCHAR Partenaire vers lequel la personne est orientée, en capitales"), *_FLAGS),
    ),
)

# --- marts ------------------------------------------------------------------------------------------------

KEYS = _columns("""
    annee INTEGER Année
    niveau VARCHAR Niveau : national, region ou organisme
    territoire VARCHAR FR, code de la région ou code de l'organisme
    public VARCHAR Public (voir ref.nomenclatures)""")

INDICATEURS = Output(
    "marts", "indicateurs", "Tous les indicateurs, une ligne par valeur.",
    (*KEYS, *_columns("""
        indicateur VARCHAR Identifiant de l'indicateur (voir ref.indicateurs)
        modalite VARCHAR Modalité ; vide s'il n'y en a pas
        numerateur DOUBLE Numérateur ; vide pour une médiane
        denominateur DOUBLE Dénominateur ; vide pour un nombre
        valeur DOUBLE Valeur : nombre, part de 0 à 1, évolution, jours, note ou années
        unite VARCHAR Unité : nombre, part, jours, evolution, note ou annees""")),
)

STRUCTURES = Output(
    "marts", "structures", "Les structures externes à l'origine des détections de l'année, par ordre d'activité.",
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
        organismes_conventionnes INTEGER Organismes du territoire ayant conventionné (enquête de la même année)"""),
)


@dataclass(frozen=True)
class MartColumn:
    """A column of a thematic mart: one figure of `marts.indicateurs`."""

    name: str
    indicator: str
    modality: str = ""
    figure: str = "valeur"  # or numerateur, denominateur

    @property
    def declared(self) -> Indicator:
        return BY_ID[self.indicator]

    @property
    def is_count(self) -> bool:
        return self.figure != "valeur" or self.declared.unit == NOMBRE

    def output(self) -> OutputColumn:
        label = self.declared.label
        if self.modality:
            label += f" : {self.declared.labels.get(self.modality, self.modality)}"
        words = {"numerateur": "Effectif", "denominateur": "Base"}.get(self.figure)
        comment = f"{words} – {label}" if words else label
        return OutputColumn(self.name, "BIGINT" if self.is_count else "DOUBLE", f"{comment} ({self.indicator})")


@dataclass(frozen=True)
class ThematicMart:
    """A wide table over the indicators of one theme: `key` is the indicator that says which rows there are."""

    name: str
    comment: str
    key: str
    columns: tuple[MartColumn, ...]

    @property
    def output(self) -> Output:
        return Output("marts", self.name, self.comment, (*KEYS, *(c.output() for c in self.columns)))


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


THEMATIC = (
    ThematicMart(
        "detections", "Les détections : nombre, type, familles et catégories de détecteurs.", "detections.nombre",
        (
            _one("detections", "detections.nombre"), _one("evolution_detections", "detections.evolution"),
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
        "clotures", "Les clôtures : nombre, motifs, succès.", "clotures.nombre",
        (
            _one("clotures", "clotures.nombre"), _one("evolution_clotures", "clotures.evolution"),
            _one("part_public", "clotures.part_public"), _one("succes", "clotures.nombre_succes"),
            _one("part_succes", "clotures.taux_succes"), *_each("clotures.part_motif", "motif_", counts="clotures"),
        ),
    ),
    ThematicMart(
        "durees", "Les durées des accompagnements, en jours.", "durees.moyenne",
        (
            _one("clotures", "durees.moyenne", "denominateur"), _one("duree_moyenne", "durees.moyenne"),
            _one("duree_mediane", "durees.mediane"), _one("duree_moyenne_soins", "soins.duree_moyenne"),
            _one("duree_mediane_soins", "soins.duree_mediane"), _one("duree_moyenne_hors_soins", "hors_soins.duree_moyenne"),
            _one("duree_mediane_hors_soins", "hors_soins.duree_mediane"),
            *(MartColumn(f"duree_moyenne_{m.lower()}", "durees.moyenne_motif", m) for m in MOTIF_CLOTURE),
        ),
    ),
    ThematicMart(
        "profils", "Les profils des personnes dont l'accompagnement est clôturé.", "clotures.nombre",
        (
            _one("clotures", "clotures.nombre"), _one("age_connu", "profil.age_median", "denominateur"),
            _one("age_median", "profil.age_median"),
            *(MartColumn(f"personnes_{m}", "profil.part_age", m, "numerateur") for m in TRANCHE_AGE),
            *(MartColumn(f"part_{m}", "profil.part_age", m) for m in TRANCHE_AGE),
            MartColumn("hommes", "profil.part_sexe", "H", "numerateur"),
            MartColumn("femmes", "profil.part_sexe", "F", "numerateur"),
            MartColumn("part_hommes", "profil.part_sexe", "H"), MartColumn("part_femmes", "profil.part_sexe", "F"),
            _one("avec_medecin_traitant", "profil.part_medecin_traitant", "numerateur"),
            _one("part_medecin_traitant", "profil.part_medecin_traitant"),
            _one("avec_c2s", "profil.part_c2s", "numerateur"), _one("part_c2s", "profil.part_c2s"),
            _one("avec_ald", "profil.part_ald", "numerateur"), _one("part_ald", "profil.part_ald"),
        ),
    ),
    ThematicMart(
        "thematiques", "Les thématiques abordées par les accompagnements clôturés.", "clotures.nombre",
        (
            _one("clotures", "clotures.nombre"), *_each("thematiques.part", counts="accompagnements"),
            *_each("soins.part_thematique", "soins_"), _one("part_soins_uniquement", "soins.part_uniquement_soins"),
            *_each("hors_soins.part_thematique", "hors_soins_"),
            *_each("hors_soins.part_thematique_seule", "hors_soins_seule_"),
        ),
    ),
    ThematicMart(
        "soins", "Les accompagnements aux soins et hors soins clôturés avec succès.", "clotures.nombre_succes",
        (
            _one("succes", "clotures.nombre_succes"), _one("succes_soins", "soins.nombre"),
            _one("part_succes_soins", "soins.part_des_succes"), _one("succes_hors_soins", "hors_soins.nombre"),
            _one("part_succes_hors_soins", "hors_soins.part_des_succes"),
            *_each("soins.part_type_soins", "type_", counts="soins"),
            *_each("soins.part_specialite", "specialite_", counts="soins_specialite"),
        ),
    ),
    ThematicMart(
        "gains", "Ce que les accompagnements clôturés ont apporté.", "clotures.nombre",
        (
            _one("clotures", "clotures.nombre"),
            *(
                MartColumn(f"{prefix}{gain}", f"gains.{gain}", "", figure)
                for gain in ("complementaire_sante", "orientation", "numerique", "prevention", "aide_financiere", "guidance")
                for prefix, figure in (("", "numerateur"), ("part_", "valeur"))
            ),
        ),
    ),
)

# --- controle ---------------------------------------------------------------------------------------------

REASON_COLUMNS = _columns("""
    source VARCHAR Source : bali, enquete ou action_sociale
    livraison VARCHAR Livraison : le dossier sous la source
    fichier VARCHAR Nom du fichier
    ligne BIGINT Ligne du fichier, l'en-tête étant la ligne 1
    identifiant VARCHAR Identifiant porté par la ligne
    regle VARCHAR Règle (voir ref.regles)
    colonne VARCHAR Colonne en cause
    valeur VARCHAR Valeur en cause ; masquée pour un NIR ou une date de naissance""")

_CONTROLE = (
    Output("controle", "livraisons", "Le bilan des lignes de chaque fichier : lues = acceptées + rejetées + remplacées.", _columns("""
        source VARCHAR Source : bali, enquete ou action_sociale
        livraison VARCHAR Livraison : le dossier sous la source
        fichier VARCHAR Nom du fichier
        sha256 VARCHAR Empreinte du fichier
        lignes_lues BIGINT Lignes lues
        lignes_acceptees BIGINT Lignes acceptées et restées
        lignes_rejetees BIGINT Lignes rejetées
        lignes_remplacees BIGINT Lignes remplacées par une ligne plus récente""")),
    Output("controle", "rejets", "Les motifs de rejet, un par règle et colonne en cause.", REASON_COLUMNS),
    Output("controle", "alertes", "Les alertes : la ligne reste, le champ est vidé.", REASON_COLUMNS),
)

OUTPUTS: tuple[Output, ...] = (*_REF, *_DETAIL, INDICATEURS, STRUCTURES, *(m.output for m in THEMATIC), *_CONTROLE)
BY_FULL_NAME = {o.full_name: o for o in OUTPUTS}
