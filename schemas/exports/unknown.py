"""What a delivery does not say: why a column of the contract is unknown in it, as users read it."""

NO_TABLE = "table absente"
NO_COLUMN = "colonne absente"
UNREADABLE = "colonne illisible"
EMPTY = "colonne vide"
