"""What a refresh reads besides the rows: header aliases that users have declared."""

from pathlib import Path

from pipelines.errors import Refused
from schemas.exports.declarations import Source

ALIASES_FILE = "alias.toml"


def checked_aliases(path: Path, source: Source, table: str, content: dict[str, object]) -> dict[str, list[str]]:
    own = content.get(source.name, {})
    section = own.get(table, {}) if isinstance(own, dict) else own
    if not isinstance(section, dict):
        raise Refused(f"{path.name} : [{source.name}.{table}] doit être une table de colonnes")
    known = {c.name for c in source.table(table).columns}
    for name, forms in section.items():
        if name not in known:
            raise Refused(f"{path.name} : [{source.name}.{table}] {name} : colonne inconnue")
        if not (isinstance(forms, list) and all(isinstance(f, str) for f in forms)):
            raise Refused(f"{path.name} : [{source.name}.{table}] {name} : une liste d'en-têtes est attendue")
    return section
