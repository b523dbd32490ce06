"""All measurements in one run, in ratios against floors measured beside them; kept as tables in docs/performance.md.

Usage: python -m benchmarks [--seulement refresh reprise croisements rapport pages] [--echelles 300000 3000000] [--dossier FOLDER]
[--sans-garder]
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import crossing, dashboard, report
from benchmarks.incremental import incremental
from benchmarks.measure import run
from benchmarks.performance import keep, of_crossings, of_pages, of_refresh, of_report, of_resumed
from benchmarks.refresh import measure

PARTS = ("refresh", "reprise", "croisements", "rapport", "pages")
NEEDED = {"rapport": report.PAPER[0], "pages": dashboard.CHROMIUM}  # programs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seulement", nargs="+", choices=PARTS, default=PARTS, help="what is measured")
    parser.add_argument("--echelles", type=int, nargs="+", default=[300_000, 3_000_000], help="accompagnements")
    parser.add_argument(
        "--tours", type=int, default=3, help="runs at 300 000 and of the report; one beyond, and of pages"
    )
    parser.add_argument("--annees", type=int, default=10, help="history of the incremental refresh")
    parser.add_argument("--dossier", type=Path, help="where exports and vintages are written, then removed")
    parser.add_argument("--sans-garder", action="store_true", help="leave docs/performance.md alone")
    arguments = parser.parse_args()
    if arguments.dossier:
        arguments.dossier.mkdir(parents=True, exist_ok=True)
    for part, text in _measured(arguments):
        print(text, flush=True)
        if not arguments.sans_garder:
            keep(part, text)


def _measured(wanted: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Each part that is wanted and can be measured here, and what the page is to say of it."""
    if "refresh" in wanted.seulement:
        scales = []
        for size in wanted.echelles:
            with _place(wanted) as place:
                scales.append(measure(place, size, wanted.tours if size <= 300_000 else 1))
            print(scales[-1].told(), flush=True)
        yield "refresh", of_refresh(scales)
    if "reprise" in wanted.seulement:
        with _place(wanted) as place:
            yield "reprise", of_resumed(incremental(place, wanted.annees))
    if "croisements" in wanted.seulement:
        with _place(wanted) as place:
            yield "croisements", of_crossings(crossing.measure(place, min(wanted.echelles), wanted.tours))
    shown = [part for part in ("rapport", "pages") if part in wanted.seulement and _can(part)]
    if shown:
        with _place(wanted) as place:
            marts = _demonstration(place)
            if "rapport" in shown:
                yield "rapport", of_report(report.measure(marts, place / "rapport", wanted.tours))
            if "pages" in shown:
                yield "pages", of_pages(dashboard.measure(marts))


@contextmanager
def _place(wanted: argparse.Namespace) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=wanted.dossier) as name:
        yield Path(name)


def _can(part: str) -> bool:
    """Whether the program that a part needs is there."""
    if shutil.which(NEEDED[part]):
        return True
    print(f"{part}: {NEEDED[part]} is not installed, not measured", flush=True)
    return False


def _demonstration(place: Path) -> Path:
    """The published folder that `make demo` makes."""
    marts = place / "demo" / "marts"
    command = ["demo", "--raw", str(place / "demo" / "raw"), "--marts", str(marts), "--sans-serveur"]
    run([sys.executable, "-m", "pipelines.cli", *command])
    return marts


if __name__ == "__main__":
    main()
