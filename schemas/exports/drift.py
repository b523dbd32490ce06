"""How a delivery may differ from the export contract: the natures of `controle.derives`, as users read them."""

ABSENT = "colonne absente"
UNKNOWN = "colonne inconnue"
RENAMED = "colonne renommée"
CODE = "code inconnu"
CONTENT = "contenu inattendu"
DATE = "date d'une autre forme"

OF_HEADER = (ABSENT, UNKNOWN, RENAMED)
