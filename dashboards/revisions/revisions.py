"""What changed from a vintage to another: which figures, by how much, and which delivered file can have done it.

Usage: python -m dashboards.revisions AVANT APRES --marts DOSSIER [--csv FICHIER]
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import click
import polars as pl
from rich.console import Console
from rich.table import Table

from dashboards import formats
from dashboards.content import filled as content
from dashboards.content import grids
from dashboards.content.grids import Grid
from dashboards.figures import printed
from dashboards.published import reading as published
from dashboards.published.control import tables
from dashboards.published.reading import BALI, NATIONAL, ORGANISME, REGION, Edition
from schemas.indicators.catalogue import BY_ID, EVOLUTION, NOMBRE, PART
from schemas.outputs.vintages import CURRENT, PREVIOUS, Input, Manifest, NoVintage, named, read
from schemas.publics import EVERYONE, PUBLICS

KEYS = ("annee", "niveau", "territoire", "public", "indicateur", "modalite")
ADDED, REMOVED, CHANGED = "ajouté", "retiré", "modifié"
ORIGINS = "controle.origines"
REFERENCES = "referentiels"
NO_CAUSE = "aucun fichier livré n'a changé"
TOLERANCE = 1e-9  # relative: sums of amounts may add up in another order
SHOWN = 20  # figures shown in the terminal
SMALL, FINE = 0.001, 0.0001  # a share that moves by less is written with two decimals

Origins = Mapping[str, frozenset[tuple[str, int]]]  # by delivery: organismes and years of its rows


@dataclass(frozen=True)
class FileChange:
    """A delivered file that is not the same in both vintages; a number of accepted rows is None where it is absent."""

    source: str
    livraison: str
    fichier: str
    state: str
    before: int | None
    after: int | None

    @property
    def place(self) -> str:
        return "/".join(part for part in (self.source, self.livraison, self.fichier) if part)


@dataclass(frozen=True)
class Difference:
    """All that changed. `figures`: KEYS, unite, avant, apres (null where there is no figure), ecart and causes."""

    before: Manifest
    after: Manifest
    figures: pl.DataFrame
    files: tuple[FileChange, ...]

    @property
    def versions(self) -> dict[str, tuple[str, str]]:
        """The software whose version is not the same: name, before, after."""
        known = {**self.before.versions, **self.after.versions}
        pairs = {name: (self.before.versions.get(name, "–"), self.after.versions.get(name, "–")) for name in known}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    def explained(self, place: str) -> int:
        """How many changed figures a file can be the cause of."""
        return self.figures.filter(pl.col("causes").str.split(" ; ").list.contains(place)).height


def by_indicator(figures: pl.DataFrame) -> pl.DataFrame:
    """Each indicator that changed: how many of its figures (`chiffres`), of them national ones (`nationaux`)."""
    national = (pl.col("niveau") == NATIONAL).sum().alias("nationaux")
    grouped = figures.group_by("indicateur").agg(pl.len().alias("chiffres"), national)
    return grouped.sort(["nationaux", "chiffres", "indicateur"], descending=[True, True, False])


def between(marts: Path, before: str, after: str) -> Difference:
    """What changed between two vintages, named or `courant`, `precedent`. Raises NoVintage."""
    editions = [published.current(marts, millesime=name) for name in (named(marts, before), named(marts, after))]
    for word, edition in zip((before, after), editions, strict=True):
        if edition is None:
            raise NoVintage(f"millésime « {word} » : aucun fichier publié")
    first, second = (e for e in editions if e)
    return difference(first, second)


@lru_cache(maxsize=2)
def difference(before: Edition, after: Edition) -> Difference:
    manifests = read(before.path.parent), read(after.path.parent)
    files = file_changes(*manifests)
    figures = changed(_figures(before), _figures(after))
    places = published.territories(after)
    members = {t.code: frozenset([t.code]) for t in places if t.niveau == ORGANISME}
    regions: dict[str, frozenset[str]] = {t.code: frozenset() for t in places if t.niveau == REGION}
    for place in places:
        if place.niveau == ORGANISME:
            regions[place.region] = regions.get(place.region, frozenset()) | {place.code}
    everyone = frozenset(members)
    causes = Causes(files, _origins(before), _origins(after), {ORGANISME: members, REGION: regions}, everyone)
    return Difference(*manifests, _with_causes(figures, causes), files)


def _figures(edition: Edition) -> pl.DataFrame:
    rows = published.frame(edition, f"SELECT {', '.join(KEYS)}, valeur, unite FROM marts.indicateurs")
    return rows.with_columns(pl.col("modalite").fill_null(""))


def changed(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The figures (KEYS, valeur, unite) that are not the same in both, national ones first."""
    both = before.rename({"valeur": "avant"}).join(
        after.rename({"valeur": "apres"}), on=KEYS, how="full", coalesce=True, suffix="_apres"
    )
    largest = pl.max_horizontal(pl.col("avant").abs(), pl.col("apres").abs(), 1e-6)
    differs = (pl.col("apres") - pl.col("avant")).abs() > TOLERANCE * largest
    appears = pl.col("avant").is_null() != pl.col("apres").is_null()
    order = pl.col("niveau").replace_strict({NATIONAL: 0, REGION: 1, ORGANISME: 2}, default=3)
    return (
        both.filter(appears | differs.fill_null(False))
        .with_columns(unite=pl.coalesce("unite", "unite_apres"), ecart=pl.col("apres") - pl.col("avant"))
        .sort(order, *(pl.col(k) for k in KEYS))
        .select(*KEYS, "unite", "avant", "apres", "ecart")
    )


def file_changes(before: Manifest, after: Manifest) -> tuple[FileChange, ...]:
    """The delivered and reference files that were added, removed or changed, by their sha256."""
    old, new = ({i.place: i for i in m.inputs} for m in (before, after))
    found = [
        _file_change(old.get(place), new.get(place))
        for place in sorted({*old, *new})
        if place not in old or place not in new or old[place].sha256 != new[place].sha256
    ]
    for name in sorted({*before.references, *after.references}):
        digests = before.references.get(name), after.references.get(name)
        if digests[0] != digests[1]:
            state = CHANGED if all(digests) else ADDED if digests[1] else REMOVED
            found.append(FileChange(REFERENCES, "", name, state, None, None))
    return tuple(found)


def _file_change(old: Input | None, new: Input | None) -> FileChange:
    one = new or old
    if one is None:
        raise ValueError("a change needs a file")
    state = CHANGED if old and new else ADDED if new else REMOVED
    counts = (old.acceptees if old else None, new.acceptees if new else None)
    return FileChange(one.source, one.livraison, one.fichier, state, *counts)


def _origins(edition: Edition) -> Origins | None:
    """What each BALI delivery holds; None for a vintage of a time when that was not kept."""
    if ORIGINS not in tables(edition):
        return None
    found: dict[str, set[tuple[str, int]]] = {}
    for row in published.query(edition, f"SELECT livraison, organisme, annee FROM {ORIGINS}"):
        found.setdefault(str(row["livraison"]), set()).add((str(row["organisme"]), int(str(row["annee"]))))
    return {delivery: frozenset(pairs) for delivery, pairs in found.items()}


@dataclass(frozen=True)
class Causes:
    """Which of the changed files can have changed a figure: of its source, and with rows of its territory and year.

    It is a matter of what can be: a file that holds rows of that place and year may have changed others of them. Where
    none of the source's files holds such rows, all of them stay in question.
    """

    files: tuple[FileChange, ...]
    before: Origins | None
    after: Origins | None
    members: Mapping[str, Mapping[str, frozenset[str]]]  # by niveau and territoire
    everyone: frozenset[str]

    def of(self, indicator: str, annee: int, niveau: str, territoire: str) -> tuple[str, ...]:
        declared = BY_ID.get(indicator)
        source = declared.source if declared else BALI
        years = {annee, annee - 1} if declared and declared.unit == EVOLUTION else {annee}
        organismes = self.members.get(niveau, {}).get(territoire, self.everyone)
        of_source = [f for f in self.files if f.source == source]
        narrowed = [f for f in of_source if self._touches(f, years, organismes)]
        references = [f for f in self.files if f.source == REFERENCES]
        return tuple(f.place for f in [*(narrowed or of_source), *references])

    def _touches(self, file: FileChange, years: Iterable[int], organismes: frozenset[str]) -> bool:
        if file.source == BALI:
            if self.before is None or self.after is None:
                return True
            held = self.before.get(file.livraison, frozenset()) | self.after.get(file.livraison, frozenset())
            return any(organisme in organismes and annee in years for organisme, annee in held)
        organisme, _, annee = file.livraison.rpartition("/")  # 2024, 311/2024
        return int(annee) in years and (not organisme or organisme in organismes)


def _with_causes(figures: pl.DataFrame, causes: Causes) -> pl.DataFrame:
    asked = ("indicateur", "annee", "niveau", "territoire")
    distinct = figures.select(asked).unique(maintain_order=True)
    known: dict[tuple[object, ...], str] = {}
    texts = []
    for indicator, *where in distinct.iter_rows():
        declared = BY_ID.get(indicator)
        kind = (declared.source, declared.unit == EVOLUTION, *where) if declared else (BALI, False, *where)
        if kind not in known:
            known[kind] = " ; ".join(causes.of(indicator, *where)) or NO_CAUSE
        texts.append(known[kind])
    return figures.join(distinct.with_columns(causes=pl.Series(texts, dtype=pl.String)), on=asked, how="left")


# --- in words ---


def value(row: Mapping[str, object], column: str) -> str:
    """A figure of `figures` in the writing of its unit."""
    amount = row[column]
    number = None if amount is None else float(str(amount))
    if str(row["indicateur"]) in BY_ID:
        return content.written(str(row["indicateur"]), number)
    return formats.value(str(row["unite"]), number)


def gap(row: Mapping[str, object]) -> str:
    """The gap in the unit of the figure: points for shares, a number for counts; finer where it would round to nothing."""
    if row["avant"] is None or row["apres"] is None:
        return "nouveau" if row["avant"] is None else "disparu"
    unit, amount = str(row["unite"]), float(str(row["ecart"]))
    if unit in (PART, EVOLUTION):
        return printed.gap(unit, amount, FINE if abs(amount) < SMALL else None)
    written = "" if unit == NOMBRE else formats.gap(unit, amount, 0.0)
    if written and not written.startswith("0"):
        return written
    text = formats.nombre(amount, 2)
    return f"+{text}" if amount > 0 else text


def label(indicator: str, modality: str = "") -> str:
    """The words of an indicator and its modalité."""
    declared = BY_ID.get(indicator)
    if declared is None:
        return indicator
    return f"{declared.label} : {declared.label_of(modality)}" if modality else declared.label


def words(row: Mapping[str, object]) -> str:
    """What a figure is called, with its public where it is not everyone."""
    name = label(str(row["indicateur"]), str(row["modalite"]))
    public = next((p.label for p in PUBLICS if p.code == row["public"] != EVERYONE.code), "")
    return f"{name} ({public})" if public else name


def grid(figures: pl.DataFrame) -> Grid:
    """Changed figures, for a file."""
    titles = ("Année", "Niveau", "Territoire", "Public", "Indicateur", "Modalité", "Unité", "Avant", "Après", "Écart",
              "Fichiers en cause")  # fmt: skip
    rows = tuple(
        (*(str(row[k]) for k in KEYS), str(row["unite"]), *(formats.plain(row[c]) for c in ("avant", "apres", "ecart")),
         str(row["causes"]))
        for row in figures.iter_rows(named=True)
    )  # fmt: skip
    return Grid(titles, rows, rows)


def rows_of(amount: int | None) -> str:
    return "–" if amount is None else formats.nombre(amount)


def moment(manifest: Manifest) -> str:
    """When a vintage was made: 25 novembre 2026 à 01:50 (UTC)."""
    return f"{formats.jour(manifest.created.date())} à {manifest.created:%H:%M}"


# --- in a terminal ---


def _print(found: Difference, console: Console) -> None:
    console.print(f"Du millésime {found.before.name} ({moment(found.before)})")
    console.print(f"au millésime {found.after.name} ({moment(found.after)})\n")
    for name, (before, after) in found.versions.items():
        console.print(f"Version de {name} : {before} → {after}")
    _print_files(found, console)
    if not found.figures.height:
        console.print("Aucun chiffre n'a changé.")
        return
    _print_indicators(found, console)
    _print_figures(found, console)


def _print_files(found: Difference, console: Console) -> None:
    if not found.files:
        console.print("Les fichiers livrés sont les mêmes.\n")
        return
    table = Table(title="Fichiers livrés qui diffèrent", title_justify="left")
    table.add_column("Fichier", overflow="fold")
    table.add_column("État")
    for title in ("Lignes avant", "Lignes après", "Chiffres en cause"):
        table.add_column(title, justify="right")
    for file in found.files:
        reached = formats.nombre(found.explained(file.place))
        table.add_row(file.place, file.state, rows_of(file.before), rows_of(file.after), reached)
    console.print(table)


def _print_indicators(found: Difference, console: Console) -> None:
    table = Table(title="Chiffres changés, par indicateur", title_justify="left")
    table.add_column("Indicateur", overflow="fold")
    table.add_column("Chiffres", justify="right")
    table.add_column("dont nationaux", justify="right")
    for indicator, count, national in by_indicator(found.figures).iter_rows():
        table.add_row(label(indicator), formats.nombre(count), formats.nombre(national))
    table.add_section()
    total = found.figures.height, found.figures.filter(pl.col("niveau") == NATIONAL).height
    table.add_row("Total", *(formats.nombre(n) for n in total))
    console.print(table)


def _print_figures(found: Difference, console: Console) -> None:
    table = Table(title=f"Les {min(SHOWN, found.figures.height)} premiers chiffres changés", title_justify="left")
    for title in ("Année", "Où", "Chiffre"):
        table.add_column(title)
    for title in ("Avant", "Après", "Écart"):
        table.add_column(title, justify="right")
    for row in found.figures.head(SHOWN).iter_rows(named=True):
        where = str(row["annee"]), str(row["territoire"])
        table.add_row(*where, words(row), value(row, "avant"), value(row, "apres"), gap(row))
    console.print(table)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("avant", default=PREVIOUS)
@click.argument("apres", default=CURRENT)
@click.option(
    "--marts", type=click.Path(file_okay=False, path_type=Path), default=Path("data/marts"), show_default=True,
    help="Dossier publié.",
)  # fmt: skip
@click.option("--csv", type=click.Path(dir_okay=False, path_type=Path), help="Fichier où écrire tous les chiffres.")
def main(avant: str, apres: str, marts: Path, csv: Path | None) -> None:
    """Dire quels chiffres changent du millésime AVANT au millésime APRES, et quels fichiers en sont la cause."""
    try:
        found = between(marts, avant, apres)
    except NoVintage as error:
        click.echo(f"Refusé : {error}", err=True)
        sys.exit(1)
    _print(found, Console())
    if csv:
        csv.write_bytes(grids.csv(grid(found.figures)))
        click.echo(f"{csv} : {formats.counted(found.figures.height, 'chiffre', 'chiffres')}")


if __name__ == "__main__":
    main()
