"""The sections of docs/performance.md that the measurements write; the rest of the page is written by hand."""

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.crossing import Crossings
from benchmarks.dashboard import Pages, Span
from benchmarks.incremental import Resumed
from benchmarks.refresh import Scale
from benchmarks.report import Reported

PAGE = Path("docs/performance.md")
HEAD = (
    "accompagnements", "plancher DuckDB (s)", "script polars (s)", "script pandas (s)", "`adass refresh` (s)",
    "dont démarrage (s)", "dont empreintes (s)", "dont protection (s)", "hors ces trois / plancher",
    "s par million", "mémoire (Mo)",
)  # fmt: skip


def keep(part: str, text: str) -> None:
    """Write what has been measured of a part into the page, in place of what was before."""
    page = PAGE.read_text(encoding="utf-8")
    begin, end = (f"<!-- {words}mesures : {part} -->" for words in ("", "fin des "))
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{PAGE}: {begin} … {end} is not there")
    when = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processeurs, Python {platform.python_version()}"
    PAGE.write_text(before + "\n\n".join([begin, f"Mesuré le {when}.", text, end]) + after, encoding="utf-8")


def of_refresh(scales: Sequence[Scale]) -> str:
    return _table(HEAD, [_cells(scale) for scale in scales])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(_row(cells) for cells in (head, ["---"] * len(head), *rows))


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


def of_resumed(r: Resumed) -> str:
    return (
        f"Une livraison de 300 000 accompagnements après {r.years} années d'historique (lues en {_number(r.history.wall)} s) : "
        f"{_number(r.new.wall)} s, dont {_number(r.copy)} s pour copier les {_number(r.megabytes, 0)} Mo du millésime "
        f"précédent et {_number(r.protections[1])} s pour la protection ; seule, la même livraison demande "
        f"{_number(r.alone.wall)} s, dont {_number(r.protections[0])} s de protection. Hors copie et protection, le rapport est "
        f"de **{_number(r.ratio, 2)}**."
    )


def of_report(r: Reported) -> str:
    rows = (
        ("diaporama", r.floor, r.own("diaporama"), r.own("diaporama") / r.floor),
        ("diaporama et PDF (LibreOffice)", r.paper_floor, r.own("PDF"), r.own("PDF") / r.paper_floor),
        ("classeur", None, r.own("classeur"), None),
        ("diaporama d'un organisme", None, r.own("organisme"), None),
    )
    head = (f"{r.slides} diapositives", "plancher (s)", "rapport (s)", "× plancher")
    cells = [[name, *("" if n is None else _number(n, 2) for n in numbers)] for name, *numbers in rows]
    return _table(head, cells)


def of_crossings(c: Crossings) -> str:
    head = ("accompagnements", "`GROUP BY` seul (ms)", "croisement (ms)", "× plancher")
    cells = [
        f"{c.size:,}".replace(",", " "),
        _number(1000 * c.floor, 0),
        _number(1000 * c.engine, 0),
        _number(c.ratio, 2),
    ]
    return _table(head, [cells])


def of_pages(p: Pages) -> str:
    rows = [
        (name, _span(s.opening), _span(s.opening_ratio, 1), _span(s.filter), _span(s.filter_ratio, 1))
        for name, s in p.spans().items()
    ]
    head = ("pages", "ouverture (s)", "× plancher", "filtre (s)", "× plancher")
    opening, change = (_number(n, 2) for n in p.floor)
    return (
        f"{_table(head, rows)}\n\nPlancher : {opening} s à l'ouverture, {change} s au filtre. {p.users} utilisateurs : filtre "
        f"médian {_number(p.crowd_median, 1)} s, au plus {_number(p.crowd_most, 1)} s, {len(p.faults)} erreur(s)."
    )


def _span(span: Span | None, decimals: int = 2) -> str:
    if span is None:
        return ""
    least, most = (_number(n, decimals) for n in span)
    return least if least == most else f"{least} à {most}"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float, decimals: int = 1) -> str:
    return f"{value:.{decimals}f}".replace(".", ",")
