"""Tables of files that have the same headers, taken together: what stands in one tells about the others."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from pipelines.adoption.assistant.evidence import Evidence, Facts
from pipelines.adoption.assistant.sample import Grid, Seen
from pipelines.reading.form import NUMBER

FEWEST_GROUPS = 2


@dataclass
class Layout:
    """Tables with the same headers; `wide` has, by pattern, the headers that differ by a number."""

    grids: list[Grid]
    columns: dict[str, Seen]
    evidence: dict[str, Evidence] = field(default_factory=dict)
    wide: dict[str, list[str]] = field(default_factory=dict)

    @property
    def plain(self) -> dict[str, Evidence]:
        """The evidence of headers that are of no group of a wide table."""
        grouped = {header for several in self.wide.values() for header in several}
        return {header: self.evidence[header] for header in self.columns if header not in grouped}


def layouts(grids: Iterable[Grid], facts: Facts, until: dict[str, date]) -> list[Layout]:
    """`until`: by file, the day of its delivery where it is known."""
    by_form: dict[tuple[str, ...], list[Grid]] = {}
    for grid in grids:
        by_form.setdefault((grid.sheet, *grid.headers), []).append(grid)
    return [_layout(several, facts, until) for several in by_form.values()]


def _layout(grids: list[Grid], facts: Facts, until: dict[str, date]) -> Layout:
    columns = {header: _merged([g.by_header[header] for g in grids]) for header in grids[0].headers if header}
    layout = Layout(grids, columns, wide=_wide(columns))
    days = [until[g.file.name] for g in grids if g.file.name in until]
    own = Facts(facts.organismes, max(days) if len(days) == len(grids) else None)
    layout.evidence = {header: Evidence(seen, own) for header, seen in columns.items()}
    for pattern, headers in layout.wide.items():
        layout.evidence[pattern] = Evidence(_merged([columns[h] for h in headers]), own)
    return layout


def _merged(several: list[Seen]) -> Seen:
    counts: Counter[str] = Counter()
    for one in several:
        counts.update(one.counts)
    first, texts = several[0], pl.concat([one.texts for one in several])
    return Seen(first.header, first.position, first.group, texts, counts, min(one.distinct for one in several))


def _wide(headers: Iterable[str]) -> dict[str, list[str]]:
    """The patterns of headers that differ by a number alone, those of which there are several numbers."""
    found: dict[str, list[tuple[int, str]]] = {}
    for header in headers:
        for pattern, number in _patterns(header):
            found.setdefault(pattern, []).append((number, header))
    several = {p: those for p, those in found.items() if len({n for n, _ in those}) >= FEWEST_GROUPS}
    return {p: [h for _, h in sorted(those)] for p, those in several.items()}


def _patterns(header: str) -> Iterator[tuple[str, int]]:
    for number in re.finditer(r"(?<![\d])\d{1,2}(?!\d)", header):
        yield f"{header[: number.start()]}{NUMBER}{header[number.end() :]}", int(number[0])
