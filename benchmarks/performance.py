"""The section of docs/performance.md that the measurements write; the rest of the page is written by hand."""

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.incremental import Resumed
from benchmarks.refresh import Scale

PAGE = Path("docs/performance.md")
BEGIN, END = "<!-- mesures du rafraîchissement -->", "<!-- fin des mesures du rafraîchissement -->"
HEAD = (
    "accompagnements", "plancher DuckDB (s)", "script polars (s)", "script pandas (s)", "`adass refresh` (s)",
    "dont démarrage (s)", "dont empreintes (s)", "dont protection (s)", "hors ces trois / plancher",
    "s par million", "mémoire (Mo)",
)  # fmt: skip


def keep(scales: Sequence[Scale], resumed: Resumed | None) -> None:
    """Write the measurements into the page, in place of the former ones."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    when = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processeurs, Python {platform.python_version()}"
    parts = [BEGIN, f"Mesuré le {when}.", _table(scales)]
    if resumed:
        parts.append(_incremental(resumed))
    PAGE.write_text(before + "\n\n".join([*parts, END]) + after, encoding="utf-8")


def _table(scales: Sequence[Scale]) -> str:
    rows = [_row(HEAD), _row("---" for _ in HEAD), *(_row(_cells(scale)) for scale in scales)]
    return "\n".join(rows)


def _cells(scale: Scale) -> list[str]:
    costs = scale.costs
    scripts = [_number(costs[name].wall) if name in costs else "—" for name in ("polars", "pandas")]
    seconds = [costs["refresh"].wall, scale.start, *scale.apart.values()]
    return [
        f"{scale.size:,}".replace(",", " "),
        _number(scale.floor),
        *scripts,
        *map(_number, seconds),
        f"**{_number(scale.ratio, 2)}**",
        _number(scale.own / scale.size * 1e6),
        _number(costs["refresh"].memory, 0),
    ]


def _incremental(r: Resumed) -> str:
    return (
        f"Une livraison de 300 000 accompagnements après {r.years} années d'historique (lues en {_number(r.history.wall)} s) : "
        f"{_number(r.new.wall)} s, dont {_number(r.copy)} s pour copier les {_number(r.megabytes, 0)} Mo du millésime "
        f"précédent et {_number(r.protections[1])} s pour la protection ; seule, la même livraison demande "
        f"{_number(r.alone.wall)} s, dont {_number(r.protections[0])} s de protection. Hors copie et protection, le rapport est "
        f"de **{_number(r.ratio, 2)}**."
    )


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float, decimals: int = 1) -> str:
    return f"{value:.{decimals}f}".replace(".", ",")
