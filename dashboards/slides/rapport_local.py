"""Part L: the local report of a caisse that gave the files of its action sociale."""

from dashboards.slides import headlines as a
from dashboards.slides import headlines_enquete as h
from dashboards.slides.blocks import BY_NATURE, Bars, Column, KeyFigure, Part, Ring, Section, Slide, Table

DONE = "SOINS_REALISES"

L = Section(
    "L", "Rapport local",
    (
        Slide(
            "L1", "Entretiens aller vers", "Entretiens menés chez les partenaires", h.interviews,
            keys=(
                KeyFigure("entretiens.personnes"), KeyFigure("entretiens.jours"),
                KeyFigure("entretiens.part_mise_a_jour"),
            ),
            main=Bars("Entretiens, par issue", (Part("entretiens.issues"),)),
            side=(Bars("Jours de présence par partenaire", (Part("entretiens.jours_partenaire"),)),),
            source="action_sociale", local=True,
        ),
        Slide(
            "L2", "Coordination", "Coordination action sociale : ateliers, permanences et formations", h.workshops,
            keys=(
                KeyFigure("ateliers.nombre", name="Ateliers collectifs"),
                KeyFigure("ateliers.participants", name="Participants aux ateliers collectifs"),
                KeyFigure("ateliers.taux_inscription", name="Inscrits à un examen de prévention"),
            ),
            main=Table(
                "Ateliers et permanences, par offre", "Offre",
                (
                    Column("Nombre", "ateliers.nombre"),
                    Column("Participants", "ateliers.participants"),
                    Column("Inscriptions à l'examen", "ateliers.inscriptions"),
                    Column("Taux d'inscription", "ateliers.taux_inscription"),
                    Column("Droits C2S ouverts", "ateliers.ouvertures_c2s"),
                ),
                "ateliers.nombre",
            ),
            side=(
                Bars("Formations", (Part("formations.nombre"),), BY_NATURE),
                Bars("Professionnels formés", (Part("formations.participants"),), BY_NATURE),
            ),
            source="action_sociale", local=True,
        ),
        Slide(
            "L3", "MisAS", "Accompagnements de la mission accompagnement santé (MisAS)", a.detections,
            keys=(
                KeyFigure("detections.nombre", change="detections.evolution"),
                KeyFigure("clotures.nombre_motif", DONE, name="Accompagnements avec soins réalisés"),
                KeyFigure("durees.moyenne_motif", DONE, name="Durée moyenne, soins réalisés"),
            ),
            main=Bars("Motifs de clôture", (Part("clotures.part_motif", count="clotures.nombre_motif"),), BY_NATURE),
            side=(
                Ring(
                    "Détections par famille", "detections.part_famille", ("accent", "second", "third"),
                    total="detections.nombre",
                ),
                Bars("Gains", tuple(Part(f"gains.{g}") for g in a.GAINS)),
            ),
            local=True,
        ),
        Slide(
            "L4", "Ligne urgence précarité", "Situations signalées par les partenaires", h.emergencies,
            keys=(KeyFigure("lup.situations", change="lup.evolution"), KeyFigure("lup.etablissements")),
            main=Bars("Situations, par type de demande", (Part("lup.situations_type"),)),
            source="action_sociale", local=True,
        ),
        Slide(
            "L5", "Aides : demandes", "Demandes d'aide à l'action sanitaire et sociale", h.requests,
            keys=(
                KeyFigure("ass.dossiers"), KeyFigure("ass.commissions"),
                KeyFigure("ass.decisions", "ACCORDE", name="Demandes accordées"),
            ),
            main=Bars("Dossiers par famille d'aide", (Part("ass.part_famille", count="ass.dossiers_famille"),)),
            side=(
                Bars("Décisions", (Part("ass.decisions"),)),
                Bars("Huit premières catégories", (Part("ass.dossiers_categorie"),), first=8),
            ),
            source="action_sociale", local=True,
        ),
        Slide(
            "L6", "Aides : budgets", "Budgets de l'action sanitaire et sociale", h.budgets,
            keys=tuple(
                KeyFigure("ass.montant", code, name=f"Engagés, dotation {words}")
                for code, words in (
                    ("PARAMETRIQUE", "paramétrique"), ("MAINTIEN_DOMICILE", "retour et maintien à domicile"),
                    ("PRADO", "PRADO"),
                )
            ),
            main=Bars("Part du budget engagée", (Part("ass.part_engagee"),), BY_NATURE),
            side=(Bars("Montants engagés par famille d'aide", (Part("ass.montant_famille"),)),),
            source="action_sociale", local=True,
        ),
    ),
)  # fmt: skip
