"""Reference files: the organismes (a list ships with the project) and the names of detecting structures."""

from importlib.resources import files
from pathlib import Path

ORGANISMES_FILE = "organismes.csv"
STRUCTURES_FILE = "structures.csv"
ORGANISMES = ("organisme", "nom", "type", "departement", "code_region", "region")
STRUCTURES = ("structure", "famille", "categorie", "alias")


def shipped_organismes() -> Path:
    """The list of the 107 organismes that ships with the project."""
    return Path(str(files("schemas.exports") / ORGANISMES_FILE))
