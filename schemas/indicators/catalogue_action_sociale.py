"""The indicators of the action sociale of one caisse. Source: ADASS output contract, version 1."""

from schemas import nomenclatures as n
from schemas.indicators.indicator import EVOLUTION, NOMBRE, PART, Base, Indicator, Whole

# slides of the local report
ASS, LUP, COORDINATION, ALLER_VERS = "L-ASS", "L-LUP", "L-COORDINATION", "L-ALLER-VERS"


def _base(table: str, words: str, where: str = "TRUE") -> Base:
    return Base(f"detail.action_sociale_{table}", "annee", where, words, source="action_sociale")


DOSSIERS = _base("dossiers", "dossiers reçus dans l'année")
DOTATIONS = _base("dotations", "budgets des dotations de l'année")
URGENCES = _base("urgences", "situations signalées dans l'année à la ligne urgence précarité")
ATELIERS = _base("ateliers", "ateliers et permanences de l'année")
ENTRETIENS = _base("entretiens", "entretiens « aller vers » de l'année")
FORMATIONS = _base("formations", "formations données dans l'année")

RIGHTS = ("C2S", "PUMA", "AME")


def _issue(code: str) -> str:
    return f"'|' || issue || '|' LIKE '%|{code}|%'"


_DOSSIERS = (
    Indicator("ass.dossiers", "Dossiers reçus", NOMBRE, DOSSIERS, ASS, "Nombre de dossiers reçus dans l'année."),
    Indicator(
        "ass.dossiers_famille",
        "Dossiers par famille d'aide",
        NOMBRE,
        DOSSIERS,
        ASS,
        "Nombre de dossiers reçus dans l'année par famille d'aide.",
        by="famille_aide",
        labels=n.FAMILLE_AIDE,
    ),
    Indicator(
        "ass.part_famille",
        "Part par famille d'aide",
        PART,
        DOSSIERS,
        ASS,
        "Part de chaque famille d'aide dans les dossiers reçus.",
        by="famille_aide",
        partition=True,
        labels=n.FAMILLE_AIDE,
    ),
    Indicator(
        "ass.montant_famille",
        "Montants engagés par famille d'aide",
        NOMBRE,
        DOSSIERS,
        ASS,
        "Somme des montants engagés pour les dossiers reçus dans l'année, en euros, par famille d'aide.",
        total="montant_engage",
        by="famille_aide",
        labels=n.FAMILLE_AIDE,
        euros=True,
    ),
    Indicator(
        "ass.dossiers_categorie",
        "Dossiers par catégorie",
        NOMBRE,
        DOSSIERS,
        ASS,
        "Nombre de dossiers par famille d'aide et catégorie, catégorie connue.",
        by="famille_aide",
        then="categorie",
        labels={**n.FAMILLE_AIDE, **n.CATEGORIE_AIDE},
    ),
    Indicator(
        "ass.decisions",
        "Décisions",
        NOMBRE,
        DOSSIERS,
        ASS,
        "Nombre de dossiers par décision de la commission, décision connue.",
        by="decision",
        labels=n.DECISION,
    ),
    Indicator(
        "ass.commissions",
        "Commissions",
        NOMBRE,
        DOSSIERS,
        ASS,
        "Nombre de dates de commission différentes pour les dossiers reçus dans l'année.",
        distinct="date_commission",
    ),
    Indicator(
        "ass.montant",
        "Montants engagés",
        NOMBRE,
        DOSSIERS,
        ASS,
        "Somme des montants engagés pour les dossiers reçus dans l'année, en euros, par dotation.",
        total="montant_engage",
        by="dotation",
        labels=n.DOTATION,
        euros=True,
    ),
    Indicator(
        "ass.part_engagee",
        "Part du budget engagée",
        PART,
        DOSSIERS,
        ASS,
        "Montants engagés rapportés au budget de la dotation.",
        total="montant_engage",
        by="dotation",
        within=True,
        whole=Whole(DOTATIONS, total="budget"),
        labels=n.DOTATION,
        euros=True,
    ),
)

_URGENCES = (
    Indicator(
        "lup.situations",
        "Situations signalées",
        NOMBRE,
        URGENCES,
        LUP,
        "Nombre de situations signalées à la ligne urgence précarité.",
    ),
    Indicator(
        "lup.evolution",
        "Évolution",
        EVOLUTION,
        URGENCES,
        LUP,
        "Évolution du nombre de situations signalées par rapport à l'année précédente.",
        of="lup.situations",
    ),
    Indicator(
        "lup.etablissements",
        "Établissements",
        NOMBRE,
        URGENCES,
        LUP,
        "Nombre d'établissements différents à l'origine des signalements.",
        distinct="etablissement",
    ),
    Indicator(
        "lup.situations_type",
        "Situations par type de demande",
        NOMBRE,
        URGENCES,
        LUP,
        "Nombre de situations signalées par type de demande.",
        by="type_demande",
        labels=n.TYPE_DEMANDE,
    ),
)

# the empty modalité stands for the collective ateliers: those for écroués are individual permanences
BY_OFFER = {"": "offre <> 'ECROUES'", **{code: f"offre = '{code}'" for code in n.OFFRE}}
OFFERS = {"": "Ateliers collectifs", **n.OFFRE}
BESIDES = "Les ateliers collectifs (sans modalité) sont toutes les offres sauf les permanences pour personnes écrouées."

_ATELIERS = (
    Indicator(
        "ateliers.nombre",
        "Ateliers",
        NOMBRE,
        ATELIERS,
        COORDINATION,
        f"Nombre d'ateliers par offre. {BESIDES}",
        cases=BY_OFFER,
        labels=OFFERS,
    ),
    *(
        Indicator(
            f"ateliers.{column}",
            label,
            NOMBRE,
            ATELIERS,
            COORDINATION,
            f"{words} par offre. {BESIDES}",
            total=column,
            cases=BY_OFFER,
            labels=OFFERS,
        )
        for column, label, words in (
            ("participants", "Participants", "Nombre de participants"),
            (
                "inscriptions",
                "Inscriptions à l'examen de prévention",
                "Nombre d'inscriptions à l'examen de prévention en santé",
            ),
            (
                "ouvertures_c2s",
                "Ouvertures de droits C2S",
                "Nombre d'ouvertures de droits à la Complémentaire santé solidaire",
            ),
        )
    ),
    Indicator(
        "ateliers.taux_inscription",
        "Taux d'inscription",
        PART,
        ATELIERS,
        COORDINATION,
        f"Inscriptions à l'examen de prévention rapportées aux participants, par offre. {BESIDES}",
        total="inscriptions",
        cases=BY_OFFER,
        within=True,
        whole=Whole(total="participants"),
        labels=OFFERS,
    ),
)

_ENTRETIENS = (
    Indicator(
        "entretiens.personnes",
        "Personnes reçues en entretien",
        NOMBRE,
        ENTRETIENS,
        ALLER_VERS,
        "Nombre d'entretiens menés.",
    ),
    Indicator(
        "entretiens.jours",
        "Jours de présence",
        NOMBRE,
        ENTRETIENS,
        ALLER_VERS,
        "Nombre de jours de présence chez un partenaire : dates et partenaires différents.",
        distinct="CAST(date AS VARCHAR) || ' ' || COALESCE(partenaire, '')",
    ),
    Indicator(
        "entretiens.jours_partenaire",
        "Jours de présence par partenaire",
        NOMBRE,
        ENTRETIENS,
        ALLER_VERS,
        "Nombre de dates différentes par partenaire.",
        distinct="date",
        by="partenaire",
    ),
    Indicator(
        "entretiens.issues",
        "Ouvertures de droits",
        NOMBRE,
        ENTRETIENS,
        ALLER_VERS,
        "Nombre d'entretiens ayant cette issue ; un entretien peut en avoir plusieurs.",
        cases={code: _issue(code) for code in (*RIGHTS, "INFORMATION")},
        labels=n.ISSUE,
    ),
    Indicator(
        "entretiens.part_mise_a_jour",
        "Personnes avec ouverture de droits",
        PART,
        ENTRETIENS,
        ALLER_VERS,
        "Part des entretiens suivis d'une ouverture de droits (C2S, PUMA ou AME).",
        f"({' OR '.join(_issue(code) for code in RIGHTS)})",
    ),
)

_FORMATIONS = (
    Indicator(
        "formations.nombre",
        "Formations",
        NOMBRE,
        FORMATIONS,
        COORDINATION,
        "Nombre de formations par type.",
        by="type",
        labels=n.TYPE_FORMATION,
    ),
    Indicator(
        "formations.participants",
        "Professionnels formés",
        NOMBRE,
        FORMATIONS,
        COORDINATION,
        "Nombre de participants aux formations par type.",
        total="participants",
        by="type",
        labels=n.TYPE_FORMATION,
    ),
)

ACTION_SOCIALE: tuple[Indicator, ...] = (*_DOSSIERS, *_URGENCES, *_ATELIERS, *_ENTRETIENS, *_FORMATIONS)
