"""The verdict of `adass verifier` in a terminal and as JSON."""

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipelines.operating.verifying import ColumnSeen, FileSeen, Verified
from pipelines.vintages.listing import number

NBSP = "\u00a0"
NAMED = 5  # values of a column, organismes in a line


def show(found: Verified, json_file: Path | None) -> None:
    """Tell what was found; all of it goes to `json_file`, where it is asked for."""
    if json_file:
        json_file.write_text(json.dumps(found.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    console = Console()
    if found.fichiers:
        console.print(_files(found.fichiers))
    for line in _lines(found):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _files(files: list[FileSeen]) -> Table:
    table = Table(title="Fichiers lus", title_justify="left")
    table.add_column("Fichier", overflow="fold")
    table.add_column("Table", no_wrap=True)
    for title in ("Lues", "Rejet.", "Rempl."):
        table.add_column(title, justify="right")
    for one in files:
        counts = (one.lignes_lues, one.lignes_rejetees, one.lignes_remplacees)
        table.add_row(f"{one.source}/{one.livraison}/{one.fichier}", one.table, *(number(n) for n in counts))
    return table


def _lines(found: Verified) -> list[str]:
    lines = [f"{_place(f)}{NBSP}: {told}" for f in found.fichiers for c in f.colonnes for told in _column(c)]
    lines += [f"Fichier ignoré{NBSP}: {name}" for name in found.ignores]
    lines += [
        f"{one['source']}/{one['livraison']} n'a pas la table «{NBSP}{one['table']}{NBSP}»"
        for one in found.tables_absentes
    ]
    if found.mois:
        lines += _organismes(found)
    lines += [
        f"{g.quoi}{NBSP}: {number(g.apres)}, contre {number(g.avant)} dans le millésime courant" for g in found.ecarts
    ]
    lines += [f"N'est plus lue{NBSP}: {column}" for column in found.colonnes_perdues]
    if found.publiable:
        return [*lines, "Serait publié."]
    return [*lines, *(f"Refus{NBSP}: {reason}" for reason in found.refus), "Serait refusé."]


def _place(one: FileSeen) -> str:
    return f"{one.source}/{one.livraison}/{one.fichier}, {one.table}"


def _column(one: ColumnSeen) -> list[str]:
    """What is to be said of a column: that it is not there, or that some of it could not be read."""
    name = f"«{NBSP}{one.en_tete}{NBSP}»"
    if not one.presente:
        return [f"{name} absente"]
    if one.part_remplie is None or one.part_lue is None or one.part_lue == one.part_remplie:
        return []
    values = [f"«{NBSP}{v.valeur}{NBSP}» {number(v.lignes)} fois" + (f" ({v.proche}{NBSP}?)" if v.proche else "")
              for v in one.non_lues[:NAMED]]  # fmt: skip
    more = f"{NBSP}: {', '.join(values)}" if values else ""
    return [f"{name} remplie à {_share(one.part_remplie)}, lue à {_share(one.part_lue)}{more}"]


def _share(share: float) -> str:
    return f"{share * 100:.1f}".replace(".", ",").removesuffix(",0") + f"{NBSP}%"


def _organismes(found: Verified) -> list[str]:
    """How many organismes there are, which are missing, and whose rows begin late or end early."""
    first, last = min(m[0] for m in found.mois.values()), max(m[-1] for m in found.mois.values())
    lines = [
        f"Organismes{NBSP}: {number(len(found.mois))} reçus sur {number(found.organismes_attendus)}, de {first} à {last}"
    ]
    if found.organismes_absents:
        names = ", ".join(found.organismes_absents[:NAMED]) + ("…" if len(found.organismes_absents) > NAMED else "")
        lines.append(f"Absents{NBSP}: {names}")
    short = [f"{code} ({m[0]} à {m[-1]})" for code, m in found.mois.items() if (m[0], m[-1]) != (first, last)]
    if short:
        lines.append(f"Plus courts{NBSP}: {', '.join(short[:NAMED])}{'…' if len(short) > NAMED else ''}")
    return lines
