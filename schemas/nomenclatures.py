"""Code lists of the exports: code, then the label that the export prints.

Source: ADASS export contract, version 1 (BALI, ADASS survey, action sociale).
"""

from schemas.text import key


class Nomenclature(dict[str, str]):
    """Codes and their labels, in their natural order."""

    def by_key(self) -> dict[str, str]:
        """Every accepted spelling, in comparison form, with its code."""
        return {key(form): code for code, label in self.items() for form in (code, label)}


class _Sexe(Nomenclature):
    """The sex also comes as a bare letter, M for a man."""

    def by_key(self) -> dict[str, str]:
        return {**super().by_key(), "m": "H"}


SEXE = _Sexe(H="Homme", F="Femme")

TYPE_ACCOMPAGNEMENT = Nomenclature(SOINS="Soins", HORS_SOINS="Hors soins")

MOTIF_CLOTURE = Nomenclature(
    SOINS_REALISES="Soins réalisés",
    SUCCES_SANS_SOIN="Succès sans soin réalisé",
    SUCCES_PARTIEL="Abandonné/interrompu succès partiel",
    ABANDON="Abandonné/interrompu",
    NON_PERTINENT="Non pertinent",
    HORS_CPAM="Ne dépend pas de la CPAM",
    TRANSFERT="Transfert de dossier",
)
MOTIFS_SUCCES = ("SOINS_REALISES", "SUCCES_SANS_SOIN", "SUCCES_PARTIEL")

FAMILLE_DETECTEUR = Nomenclature(
    ASSURANCE_MALADIE="Assurance Maladie",
    PARTENAIRES="Partenaires externes",
    PROFESSIONNELS_SANTE="Professionnels de santé",
)
FAMILLE_INTERNE = "ASSURANCE_MALADIE"

CATEGORIES_PAR_FAMILLE = {
    "ASSURANCE_MALADIE": Nomenclature(
        AM_ACCUEIL="Accueil CPAM",
        AM_PFS="PFS",
        AM_MEDIATION="Médiation",
        AM_REQUETES="Requêtes et contacts sortants",
        AM_ASS="ASS",
        AM_CES="Détection CES",
        AM_SERVICE_SOCIAL="Détection Service Social",
        AM_SERVICE_MEDICAL="Détection Service Médical",
        AM_ALLER_VERS="Aller-vers",
        AM_AUTRES="Autres CPAM",
    ),
    "PARTENAIRES": Nomenclature(
        PE_ASSOCIATIONS="Associations",
        PE_COLLECTIVITES="Collectivités territoriales ou locales",
        PE_INSTITUTIONS="Institutions publiques",
        PE_ENTREPRISES="Entreprises",
        PE_AUTRES="Autres",
    ),
    "PROFESSIONNELS_SANTE": Nomenclature(
        PS_LIBERAUX="Libéraux",
        PS_ETABLISSEMENTS="Établissements de santé",
        PS_EXERCICES_COORDONNES="Exercices coordonnés",
        PS_AUTRES="Autres",
    ),
}
CATEGORIE_DETECTEUR = Nomenclature(
    {code: label for categories in CATEGORIES_PAR_FAMILLE.values() for code, label in categories.items()}
)
FAMILLE_DE_CATEGORIE = {code: famille for famille, codes in CATEGORIES_PAR_FAMILLE.items() for code in codes}

SITUATION = Nomenclature(
    SALARIE="Salarié",
    INDEPENDANT="Travailleur indépendant",
    SANS_EMPLOI="Sans emploi",
    RETRAITE="Retraité",
    ETUDIANT="Étudiant",
    INVALIDITE="Invalidité",
    AUTRE="Autre",
)

THEMATIQUE = Nomenclature(
    DROITS="Droits",
    NUMERIQUE="Numérique",
    PREVENTION="Prévention",
    ORIENTATION="Orientation vers un partenaire",
    GUIDANCE="Guidance dans le système de soins",
    AIDE_FINANCIERE="Aide financière ASS",
)
ACTION_COMPLEMENTAIRE = "Accès à une complémentaire santé"

RESULTAT = Nomenclature(REUSSIE="Réussie", NON_ABOUTIE="Non aboutie", EN_COURS="En cours")

TYPE_SOINS = Nomenclature(
    GENERALISTE="Généraliste",
    SPECIALISTE="Spécialiste",
    DENTAIRE_CONSERVATEUR="Soins dentaires conservateurs",
    DENTAIRE_PROTHETIQUE="Soins dentaires prothétiques",
    MEDICAMENTS="Médicaments",
    OPTIQUE="Optique",
    AUDIOPROTHESE="Audioprothèse",
    IMAGERIE="Imagerie",
    HOSPITALISATION="Hospitalisation",
    KINESITHERAPIE="Kinésithérapie",
    ORTHODONTIE="Orthodontie",
    ANALYSES="Analyses",
    TRANSPORT="Transport",
    AUTRE="Autre",
)

SPECIALITE = Nomenclature(
    GYNECOLOGIE="Gynécologie",
    NEURO_PSYCHIATRIE="Neuro psychiatre",
    CARDIOLOGIE="Pathologie cardio vasculaire",
    OPHTALMOLOGIE="Ophtalmologie",
    DERMATOLOGIE="Dermatologie",
    RHUMATOLOGIE="Rhumatologie",
    GASTRO="Gastro-entérologie",
    PNEUMOLOGIE="Pneumologie",
    ORL="ORL",
    CHIRURGIE="Chirurgie",
    ENDOCRINOLOGIE="Endocrinologie",
    AUTRE="Autre",
)

TRANCHE_AGE = Nomenclature(
    {
        "moins_de_25": "Moins de 25 ans",
        "25_39": "Entre 25 et 39 ans",
        "40_49": "Entre 40 et 49 ans",
        "50_59": "Entre 50 et 59 ans",
        "60_et_plus": "60 ans et +",
    }
)

PUBLIC = Nomenclature(
    ensemble="Ensemble des assurés accompagnés",
    jeunes="Jeunes de moins de 25 ans",
    travailleurs_independants="Travailleurs indépendants",
    help="Travailleurs indépendants – dispositif HELP",
    handicap="Personnes vivant un handicap",
    sans_emploi="Personnes sans emploi",
)

NIVEAU = Nomenclature(national="France", region="Région", organisme="Organisme")

TAUX_EXTERNE = Nomenclature(
    moins_de_20="Moins de 20 %",
    de_20_a_40="De 20 à 40 %",
    plus_de_40="Plus de 40 %",
)

# ADASS survey

PUBLIC_ENQUETE = Nomenclature(
    JEUNES="Jeunes",
    JEUNES_FRAGILITE="Jeunes en fragilité",
    HANDICAP="Personnes vivant un handicap",
    DEMANDEURS_EMPLOI="Demandeurs d'emploi",
    PARENTALITE="Parentalité",
    INDEPENDANTS="Travailleurs indépendants",
    PROCHES_AIDANTS="Proches aidants",
    ECROUES="Personnes écrouées",
    MONOPARENTALITE="Monoparentalité",
    PERTE_PROCHE="Perte d'un proche",
    ASE="Bénéficiaires de l'ASE",
)
MODALITE = Nomenclature(
    HORS_LES_MURS="Hors les murs",
    DANS_LES_MURS="Dans les murs",
    CONTACT_SORTANT="Contact sortant",
    A_DISTANCE="À distance",
)
EVENEMENT = Nomenclature(
    PONCTUEL="Événement ponctuel",
    PERMANENCE="Permanence",
    ATELIER="Atelier collectif",
    ENTRETIEN="Entretien individuel",
)
CANAL = Nomenclature(APPEL="Appel", COURRIEL="Courriel", SMS="SMS", COURRIER="Courrier")
SERVICE = Nomenclature(
    MISAS="MisAS",
    PARTENARIAT="Partenariat",
    CES="CES",
    SERVICE_SOCIAL="Service social",
    PREVENTION="Prévention",
    RELATION_CLIENT="RC",
    COMMUNICATION="Communication",
    AUTRE="Autre",
)
FORMAT = Nomenclature(PHYSIQUE="Physique", DISTANCE="À distance")
CONVENTION = Nomenclature(SIGNEE="Signée", EN_COURS="En cours", NON="Non")

# Action sociale of one caisse

FAMILLE_AIDE = Nomenclature(
    ACCES_SOINS="Accès aux soins",
    AFD="AFD",
    OC="OC",
    AIM="AIM",
    HANDICAP="Handicap",
    PDP="PDP",
    PRADO="PRADO",
    SP="SP",
)
CATEGORIE_AIDE = Nomenclature(
    DENTAIRE="Dentaire",
    OPTIQUE="Optique",
    ORTHODONTIE="Orthodontie",
    AUDITIF="Auditif",
    PHARMACIE="Pharmacie",
    HOSPITALISATION="Hospitalisation",
    ACTES="Actes",
    TICKET_MODERATEUR="Ticket modérateur",
    TRANSPORTS="Transports",
    MATERNITE="Maternité",
    PSYCHIATRIE="Psychiatrie",
    AUTRE="Autre",
)
DECISION = Nomenclature(ACCORDE="Accordé", REFUSE="Refusé", NON_PRESENTE="Non présenté", AJOURNE="Ajourné")
DOTATION = Nomenclature(PARAMETRIQUE="Paramétrique", MAINTIEN_DOMICILE="Maintien à domicile", PRADO="PRADO")
TYPE_DEMANDE = Nomenclature(
    AFFILIATION="Affiliation", C2S="C2S", AME="AME", SUIVI="Suivi", IJ="IJ", INVALIDITE="Invalidité"
)
OFFRE = Nomenclature(
    PARCOURS_SANTE_JEUNES="Parcours santé jeunes",
    ROUTE_DE_MA_SANTE="Route de ma santé",
    ECROUES="Écroués",
    NUMERIQUE="Numérique",
    MATERNITE="Maternité",
    AUTRE="Autre",
)
ISSUE = Nomenclature(C2S="C2S", PUMA="PUMA", AME="AME", INFORMATION="Information", AUCUNE="Aucune")
TYPE_FORMATION = Nomenclature(INITIALE="Initiale", CONTINUE="Continue", NUMERIQUE="Numérique")
