"""Every rule on the rows of the exports: its number and what it says, as users read it."""

REJETS = {
    "R01": "Numéro d'accompagnement absent",
    "R02": "Organisme absent ou inconnu",
    "R03": "Date de saisine absente ou illisible",
    "R04": "Date de clôture illisible",
    "R05": "Clôture antérieure à la saisine",
    "R06": "Motif de clôture inconnu",
    "R07": "Date de clôture sans motif, ou motif sans date",
    "R08": "Type d'accompagnement absent ou inconnu",
    "R09": "Famille de détecteur absente ou inconnue",
    "R10": "Catégorie de détecteur absente, inconnue ou d'une autre famille",
    "R11": "Date postérieure à l'extraction",
    "R12": "Ligne qui ne se découpe pas en autant de champs que l'en-tête",
    "R20": "Aucun accompagnement accepté ne porte ce numéro",
    "R21": "Thématique absente ou inconnue",
    "R31": "Type de soins absent ou inconnu",
    "R40": "Organisme qui n'a pas répondu à l'enquête",
    "R41": "Valeur absente ou hors nomenclature (enquête)",
    "R42": "Nombre négatif ou illisible (enquête)",
    "R51": "Identifiant absent (action sociale)",
    "R52": "Date absente, illisible ou hors de l'année (action sociale)",
    "R53": "Valeur absente ou hors nomenclature (action sociale)",
    "R54": "Nombre négatif ou illisible (action sociale)",
}

ALERTES = {
    "A01": "NIR mal formé ou clé fausse",
    "A02": "Date de naissance illisible, postérieure à la saisine ou donnant plus de 120 ans",
    "A03": "Sexe illisible",
    "A04": "Champ oui/non illisible",
    "A05": "Situation professionnelle inconnue",
    "A06": "Colonne inconnue, ignorée",
    "A07": "Date d'ouverture illisible, avant la saisine ou après la clôture",
    "A22": "Résultat inconnu ou date d'action illisible",
    "A32": "Spécialité inconnue ou date de réalisation illisible",
    "A42": "Satisfaction illisible ou hors de 0 à 10",
}

REGLES = {**REJETS, **ALERTES}

# A refresh that breaks one publishes nothing, unless its user says why it should.
REFUS = {
    "V1": "Aucun fichier lu, ou aucune ligne de BALI acceptée alors que le dossier ou le millésime courant en a",
    "V2": "Moins de la moitié des lignes d'une table acceptées ou remplacées (BALI et enquête, 100 lignes ou plus)",
    "V3": "Rien ne se lit d'une colonne qui l'était dans la moitié des lignes du millésime courant (BALI, 100 lignes ou plus)",
    "V4": "La dernière livraison BALI n'a pas la table (actions, soins) que toutes les précédentes avaient",
}
