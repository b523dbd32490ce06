"""The yearly report: `python -m dashboards.report --annee 2024 [--territoire CODE | --tous] [--format pptx,pdf,xlsx,ods]`."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

import click
import duckdb

from dashboards import formats
from dashboards.content import outline
from dashboards.content.outline import Report
from dashboards.deck import kept, pages, sheets, templates, texts
from dashboards.deck.templates import Unsuited
from dashboards.deck.texts import Texts, Unreadable
from dashboards.published import reading as published
from dashboards.published.reading import Edition, Territory
from dashboards.revisions import gate
from dashboards.revisions.gate import Withheld
from schemas.text import nearest

PPTX, PDF, XLSX, ODS = FORMATS = ("pptx", "pdf", "xlsx", "ods")
PATIENCE = 300  # seconds for LibreOffice to convert a deck
NO_OFFICE = (
    "LibreOffice n'est pas installé sur cette machine : le PDF n'a pas été écrit (l'ODS non plus). "
    "Installez-le (commande soffice), ou ouvrez le PPTX et enregistrez-le en PDF."
)


class Unfit(Exception):
    """A report cannot be made as asked; the message says why, in French."""


_REFUSALS = (Unfit, Unsuited, Unreadable, Withheld)


@dataclass(frozen=True)
class Order:
    """What reports are made from and how: `shared` gives the figures of others, all of them if `outside`.

    `template`: of the deck, as `templates.read` gives it; ours where there is none. `written`: what analysts wrote.
    """

    edition: Edition
    annee: int
    out: Path
    wanted: tuple[str, ...] = (PPTX, XLSX)
    shared: Edition | None = None
    remarks: tuple[str, ...] = ()
    template: bytes = b""
    written: Texts = texts.NONE


@dataclass(frozen=True)
class Made:
    """The files of a report, and what its author should know of them."""

    files: list[Path]
    said: tuple[str, ...] = ()
    seconds: float = 0


def write_report(
    marts: Path, annee: int | None, out: Path, *, territoire: str = "FR", wanted: Sequence[str] = (PPTX, XLSX),
    millesime: str = "", outside: bool = False, gabarit: Path | None = None, textes: Path | None = None,
    warn: Callable[[str], None] = lambda _: None,
) -> list[Path]:  # fmt: skip
    """Write the report of a territory and return its files. A failure leaves the former report in place.

    `annee`: the latest whole year if None; `textes`: `textes.toml` beside the reports if None.
    `warn` hears what should be read again, and which deck was kept. Raises Unfit, Unsuited,
    Unreadable, Withheld.
    """
    order = _order(marts, annee, out, wanted, millesime, outside=outside, template=gabarit, written=textes)
    return _write(order, _place(order.edition, territoire), warn).files


def _order(
    marts: Path, annee: int | None, out: Path, wanted: Sequence[str], millesime: str, *, outside: bool,
    template: Path | None, written: Path | None,
) -> Order:  # fmt: skip
    edition, shared = _editions(marts, millesime, outside=outside)
    known = published.years(edition)
    if not known:
        raise Unfit(f"{marts} : aucune année n'est publiée")
    year = outline.latest_year(edition) if annee is None else annee
    if year not in known:
        there = ", ".join(str(y) for y in known)
        raise Unfit(f"{year} n'est pas une année publiée (années publiées : {there})")
    given = templates.read(template) if template else b""
    told = _texts(edition, written, out)
    return Order(edition, year, out, tuple(wanted), shared, gate.annex_allowed(edition, year), given, told)


def _texts(edition: Edition, given: Path | None, out: Path) -> Texts:
    """What analysts wrote: in the file that is named, else in the one beside the reports, where there is one."""
    path = given or out / texts.NAME
    if given is None and not path.is_file():
        return Texts()
    found = texts.read(path)
    codes = [place.code for place in published.territories(edition)]
    known = {code.casefold() for code in codes}
    if unknown := [code for code in found.territories if code.casefold() not in known]:
        near = nearest(unknown[0], codes)
        hint = f" ; le plus proche : {near}" if near else ""
        raise Unreadable(f"{path.name} : territoire = « {unknown[0]} » est inconnu{hint}")
    return found


def _editions(marts: Path, millesime: str, *, outside: bool) -> tuple[Edition, Edition | None]:
    """The file a report is made from, and the one that gives the figures of others where there is one."""
    folder = marts / "millesimes" / millesime if millesime else marts
    if millesime and not folder.is_dir():
        raise Unfit(f"millésime inconnu : {millesime} (millésimes : {', '.join(outline.vintages(marts)) or 'aucun'})")
    found = {name: _edition(folder / name) for name in published.FILES}
    full, diffusion = (found[name] for name in published.FILES)
    if outside and diffusion is None:
        raise Unfit(f"{folder} : pas de fichier de diffusion ; un rapport destiné à sortir de la caisse en a besoin")
    edition = diffusion if outside else full or diffusion
    if edition is None:
        raise Unfit(f"{folder} : rien n'est publié")
    return edition, diffusion


def _edition(link: Path) -> Edition | None:
    path = link.resolve()
    return Edition(path, path.stat().st_mtime_ns) if path.is_file() else None


def _place(edition: Edition, code: str) -> Territory:
    for place in published.territories(edition):
        if place.code.casefold() == code.casefold():
            return place
    raise Unfit(f"territoire inconnu : {code} (FR, le code d'une région ou celui d'un organisme)")


def _write(order: Order, place: Territory, warn: Callable[[str], None] = lambda _: None) -> Made:
    """Write a report; `warn` hears what should be read again before any file is replaced."""
    # a caisse reads its own row exactly, and others as everyone may; the national report knows every figure
    start = monotonic()
    shared = order.shared if place.niveau != published.NATIONAL else None
    report, said = texts.applied(outline.of(order.edition, order.annee, place, shared, order.remarks), order.written)
    for one in said:
        warn(one)
    name = outline.file_name(report)
    order.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=order.out) as folder:
        made = _files(report, Path(folder) / name, order)
        aside = tuple(_set_aside(order.out / path.name) for path in made if path.suffix == f".{PPTX}")
        whole = [path.replace(order.out / path.name) for path in made]  # once all are written
    for one in filter(None, aside):
        warn(one)
    if report.national:
        gate.came_out(order.edition, order.annee)
    return Made(whole, (*said, *filter(None, aside)), monotonic() - start)


def _set_aside(path: Path) -> str:
    """Keep a deck that somebody has changed, and say so; nothing is said of another."""
    if not path.is_file() or not kept.edited(path):
        return ""
    aside = kept.set_aside(path)
    return f"{path.name} a été modifié à la main (ou écrit par une autre version) : il est gardé dans {aside.name}"


def _files(report: Report, name: Path, order: Order) -> list[Path]:
    """Write the files of a report as `name` with their endings."""
    deck, paper, book, open_book = (name.with_name(f"{name.name}.{ending}") for ending in FORMATS)
    wanted = order.wanted
    if PPTX in wanted or PDF in wanted:
        deck.write_bytes(pages.of(report, order.template))
    if PDF in wanted:
        _convert(deck, paper, _ACCESSIBLE)
    if XLSX in wanted or ODS in wanted:
        book.write_bytes(sheets.of_report(report))
    if ODS in wanted:
        _convert(book, open_book, ODS)
    return [path for path, ending in zip((deck, paper, book, open_book), FORMATS, strict=True) if ending in wanted]


# --- PDF ---


def office() -> str | None:
    """LibreOffice on this machine, if there is one."""
    return shutil.which("soffice") or shutil.which("libreoffice")


_FONTS = ("Arial", "Liberation Sans")
NO_FONT = (
    f"Ni {_FONTS[0]} ni {_FONTS[1]} ne sont installées sur cette machine : une autre police les remplace dans le PDF, et des textes "
    "peuvent y déborder. Installez fonts-liberation, ou faites le PDF depuis PowerPoint."
)


def without_font() -> str:
    """A warning where the PDF would be set in another font than the deck was laid out for; nothing where all is well."""
    lister = shutil.which("fc-list")
    if lister is None:
        return ""
    listed = subprocess.run([lister, ":", "family"], check=False, capture_output=True, text=True, timeout=PATIENCE)
    return "" if any(font in listed.stdout for font in _FONTS) else NO_FONT


_FRENCH_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>fr-FR</value></prop></item></oor:items>
"""


# tagged for screen readers (PDF/UA), the titles of pages as bookmarks
_ACCESSIBLE = "pdf:impress_pdf_Export:" + json.dumps(
    {
        name: {"type": "boolean", "value": "true"}
        for name in ("PDFUACompliance", "UseTaggedPDF", "ExportBookmarks", "DisplayPDFDocumentTitle")
    }
)


def _convert(made: Path, target: Path, kind: str) -> None:
    """Have LibreOffice write a file as another kind, in a profile of its own so that an open LibreOffice is not disturbed."""
    program = office()
    if program is None:
        raise Unfit(NO_OFFICE)
    with tempfile.TemporaryDirectory(prefix="adass-") as folder:
        profile = Path(folder) / "profil"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_FRENCH_PROFILE, encoding="utf-8")
        command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nolockcheck"]
        command += ["--convert-to", kind, "--outdir", folder, str(made.resolve())]
        try:
            done = subprocess.run(command, check=False, capture_output=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise Unfit(f"LibreOffice n'a pas fini en {PATIENCE} secondes : {target.name} n'a pas été écrit") from None
        written = Path(folder) / target.name
        if done.returncode or not written.is_file():
            hint = " (le module Calc est-il installé ?)" if kind == ODS else ""
            raise Unfit(f"LibreOffice n'a pas pu convertir {made.name}{hint} : {target.name} n'a pas été écrit")
        shutil.move(written, target)


# --- several reports ---


def write_all(order: Order, places: Sequence[Territory], told: Callable[[str], None]) -> list[str]:
    """Write the reports of many territories, in processes side by side; returns what failed, named.

    One that fails stops no other.
    """
    failures: list[str] = []
    # a process of its own for each core: DuckDB's connection is not carried over a fork
    workers = min(os.cpu_count() or 1, len(places))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(_write, order, place): place for place in places}
        try:
            for number, done in enumerate(as_completed(running), 1):
                place, error = running[done], done.exception()
                named = f"{place.code} {place.name}"
                said = "échec" if error else f"{formats.nombre(done.result().seconds, 1)} s"
                told(f"[{number}/{len(places)}] {named} : {said}")
                for one in () if error else done.result().said:
                    told(f"  {one}")
                if error:
                    failures.append(f"{named} : {_words(error)}")
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    return failures


def _words(error: BaseException) -> str:
    if isinstance(error, duckdb.Error):
        return "le fichier publié ne peut pas être lu, ou vient d'une autre version"
    if isinstance(error, OSError):
        return f"le fichier n'a pas pu être écrit ({Path(error.filename2 or error.filename or '').name})"
    return str(error) if isinstance(error, _REFUSALS) else f"{type(error).__name__} – {error}"


def _own_template(context: click.Context, path: Path | None) -> None:
    if path is not None:
        templates.write_own(path)
        click.echo(path)
        context.exit()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--annee", type=int, help="Année du rapport (défaut : la dernière année complète).")
@click.option(
    "--marts", type=click.Path(file_okay=False, path_type=Path), default=Path("data/marts"), show_default=True,
    help="Dossier publié.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("rapports"), show_default=True,
    help="Dossier des rapports.",
)  # fmt: skip
@click.option("--territoire", multiple=True, help="FR, code d'une région ou d'un organisme ; répétable (défaut : FR).")
@click.option("--tous", is_flag=True, help="Les rapports de tous les organismes.")
@click.option("--regions", is_flag=True, help="Les rapports de toutes les régions.")
@click.option("--millesime", default="", help="Millésime (défaut : celui qui est publié).")
@click.option(
    "--format",
    "asked",
    help="pptx, pdf, xlsx, ods, séparés par des virgules (défaut : tous sauf ods ; sans pdf pour --tous).",
)
@click.option("--diffusion", is_flag=True, help="Tous les chiffres du fichier de diffusion : pour sortir de la caisse.")
@click.option(
    "--gabarit", type=click.Path(dir_okay=False, path_type=Path),
    help="Gabarit de la maison, .potx ou .pptx : masque, polices, couleurs, logo (défaut : le nôtre).",
)  # fmt: skip
@click.option(
    "--textes", type=click.Path(dir_okay=False, path_type=Path),
    help="Titres, analyses et ordre des diapositives (défaut : textes.toml du dossier des rapports).",
)  # fmt: skip
@click.option(
    "--gabarit-modele", "own", type=click.Path(dir_okay=False, path_type=Path), is_eager=True, expose_value=False,
    callback=lambda context, _, path: _own_template(context, path), metavar="FICHIER",
    help="Écrire un gabarit à adapter dans PowerPoint, et s'arrêter.",
)  # fmt: skip
def main(
    annee: int | None, marts: Path, out: Path, territoire: tuple[str, ...], tous: bool, regions: bool, millesime: str,
    asked: str | None, diffusion: bool, gabarit: Path | None, textes: Path | None,
) -> None:  # fmt: skip
    """Écrire le rapport annuel : diaporama, PDF, classeur."""
    many = tous or regions
    wanted = _wanted(asked, many)
    try:
        order = _order(marts, annee, out, wanted, millesime, outside=diffusion, template=gabarit, written=textes)
        places = [_place(order.edition, code) for code in territoire or (() if many else ("FR",))]
    except (*_REFUSALS, duckdb.Error) as error:
        click.echo(f"Refusé : {_words(error)}", err=True)
        sys.exit(1)
    kinds = [k for k, asked_for in ((published.ORGANISME, tous), (published.REGION, regions)) if asked_for]
    places += [p for p in published.territories(order.edition) if p.niveau in kinds]
    places = list(dict.fromkeys(places))
    if PDF in wanted and not gabarit and (warning := without_font()):
        click.echo(warning, err=True)
    start = monotonic()
    try:
        failures = _make(order, places)
    except KeyboardInterrupt:
        click.echo("Arrêté ; les rapports déjà écrits restent.", err=True)
        sys.exit(1)
    made = formats.counted(len(places) - len(failures), "rapport", "rapports")
    click.echo(f"{out} : {made} en {monotonic() - start:.0f} s")
    for failure in failures:
        click.echo(f"Échec : {failure}", err=True)
    if PDF not in wanted and asked is None and not many:
        click.echo(NO_OFFICE, err=True)
    sys.exit(1 if failures else 0)


def _make(order: Order, places: Sequence[Territory]) -> list[str]:
    if len(places) > 1:
        return write_all(order, places, click.echo)
    try:
        for path in _write(order, places[0], lambda text: click.echo(text, err=True)).files:
            click.echo(path)
    except (*_REFUSALS, duckdb.Error, OSError) as error:
        return [f"{places[0].code} {places[0].name} : {_words(error)}"]
    return []


def _wanted(asked: str | None, many: bool) -> tuple[str, ...]:
    if asked is None:
        return tuple(f for f in FORMATS if f != ODS and (f != PDF or (not many and office())))
    names = tuple(dict.fromkeys(name.strip().lower() for name in asked.split(",")))
    if unknown := [name for name in names if name not in FORMATS]:
        raise click.BadParameter(
            f"« {', '.join(unknown)} » : choisir parmi {', '.join(FORMATS)}", param_hint="--format"
        )
    return names


if __name__ == "__main__":
    main(prog_name="adass report")
