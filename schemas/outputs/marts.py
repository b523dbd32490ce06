"""The published figures: the long table of indicators, structures, and the wide thematic marts."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.indicators.catalogue import BY_ID
from schemas.indicators.catalogue_action_sociale import RIGHTS
from schemas.indicators.catalogue_enquete import CONTACTS_APART, ORIENTED
from schemas.indicators.indicator import ANNEES, EVOLUTION, JOURS, NOMBRE, NOTE, PART, Indicator
from schemas.nomenclatures import (
    CANAL,
    DECISION,
    DOTATION,
    EVENEMENT,
    FAMILLE_AIDE,
    FORMAT,
    MOTIF_CLOTURE,
    OFFRE,
    SERVICE,
    TRANCHE_AGE,
    TYPE_DEMANDE,
    TYPE_FORMATION,
)
from schemas.outputs.columns import Output, OutputColumn, columns_of

# --- marts ------------------------------------------------------------------------------------------------

KEYS = columns_of("""
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
        *columns_of("""
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
    columns_of("""
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
        words = {"numerateur": "Nombre", "denominateur": "Base"}.get(self.figure)
        of = f" ; compte : {self.declared.base.words}" if self.figure == "numerateur" else ""
        comment = f"{words} – {label}{of}" if words else label
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


_POPULATION, _PARTENAIRE = columns_of("""
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
        "Les accompagnements clôturés selon le profil de la personne : qui en a deux compte deux fois.",
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
