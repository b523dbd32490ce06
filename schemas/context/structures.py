"""What structures and partners are called on pages: exports and survey give them in capitals, without accents."""

from collections.abc import Iterable

from schemas.text import capitals

# by the name that the data has
NAMES = {
    "ACTEURS DE L'ENSEIGNEMENT SUPERIEUR": "Acteurs de l'enseignement supérieur",
    "ADOMA": "Adoma",
    "APF FRANCE HANDICAP": "APF France handicap",
    "ASSOCIATION D'INSERTION": "Association d'insertion",
    "CABINET INFIRMIER": "Cabinet infirmier",
    "CABINET MEDICAL": "Cabinet médical",
    "CAF": "Caf",
    "CAISSES D'ALLOCATIONS FAMILIALES": "Caf",
    "CCAS": "CCAS",
    "CENTRE D'HEBERGEMENT": "Centre d'hébergement",
    "CENTRE HOSPITALIER": "Centre hospitalier",
    "CLINIQUE": "Clinique",
    "CONSEIL DEPARTEMENTAL": "Conseil départemental",
    "CONVERGENCE FRANCE": "Convergence France",
    "CPTS": "CPTS",
    "CROIX-ROUGE": "Croix-Rouge",
    "CROIX-ROUGE FRANCAISE": "Croix-Rouge française",
    "DAC": "DAC",
    "EMMAUS": "Emmaüs",
    "ENTREPRISE D'INSERTION": "Entreprise d'insertion",
    "FORUM DES REFUGIES": "Forum des réfugiés",
    "FRANCE SERVICE": "France services",
    "FRANCE TERRE D'ASILE": "France terre d'asile",
    "FRANCE TRAVAIL": "France Travail",
    "HELP / TI": "HELP / TI",
    "MAISON DE SANTE PLURIPROFESSIONNELLE": "Maison de santé pluriprofessionnelle",
    "MAISON DES SOLIDARITES": "Maison des solidarités",
    "MEDIATION NUMERIQUE": "Médiation numérique",
    "MISSION LOCALE": "Mission locale",
    "MSA": "MSA",
    "MUTUALITE FRANCAISE": "Mutualité française",
    "PASS": "PASS",
    "PHARMACIE DU CENTRE": "Pharmacie du centre",
    "PLATEFORME DE MOBILITE": "Plateforme de mobilité",
    "POINT CONSEIL BUDGET": "Point conseil budget",
    "PREFECTURE": "Préfecture",
    "PROTECTION JUDICIAIRE DE LA JEUNESSE": "Protection judiciaire de la jeunesse",
    "RESEAU DE SANTE": "Réseau de santé",
    "RESTAURANTS DU COEUR": "Restos du Cœur",
    "RESTOS DU COEUR": "Restos du Cœur",
    "SECOURS CATHOLIQUE": "Secours catholique",
    "SECOURS POPULAIRE FRANCAIS": "Secours populaire français",
    "SERVICE DE SANTE AU TRAVAIL": "Service de santé au travail",
    "SERVICE SOCIAL COMMUNAL": "Service social communal",
    "SPIP": "SPIP",
    "UDAF": "Udaf",
}
KINDS = ("CPAM ", "CGSS ", "CCSS ", "CSS ")


def places(organismes: Iterable[str]) -> dict[str, str]:
    """The places that organismes are named by, by their capitals: « DU RHONE », « du Rhône »."""
    named = [name.partition(" ")[2] for name in organismes if name.startswith(KINDS)]
    return {capitals(place): place for place in named}


def label(structure: str, among: dict[str, str]) -> str:
    """A known structure with its accents, alone or with one of the places `among`; any other as it stands."""
    if structure in NAMES:
        return NAMES[structure]
    for end in (i for i, c in enumerate(structure) if c == " "):
        kind, place = structure[:end], structure[end + 1 :]
        if kind in NAMES and place in among:
            return f"{NAMES[kind]} {among[place]}"
    return structure
