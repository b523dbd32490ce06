"""Write `adass_diffusion.duckdb`: a new file, filled only with what may be shown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from scipy.sparse import csc_array, csr_array

from pipelines.computing.declaring import declaration, macros
from pipelines.computing.thematic import mart_query
from pipelines.disclosure.linear import Points, Sparse, above, one_each
from pipelines.disclosure.neighbours import Whereabouts
from pipelines.disclosure.protection.hide import hide_all
from pipelines.disclosure.protection.hide import protect as hide
from pipelines.disclosure.protection.model import Model, Place, Row, Structure, behind, build
from pipelines.disclosure.protection.state import Hiding
from schemas.indicators.catalogue import CATALOGUE
from schemas.indicators.known import QUERY, known_only, unknown_from
from schemas.outputs.diffusion import CUBES, DIFFUSED
from schemas.outputs.marts import THEMATIC

_PUBLISHED = " OR ".join(
    f"(niveau = '{niveau}' AND public IN ({', '.join(repr(p) for p in publics)}))" for niveau, publics in CUBES.items()
)
_INDICATEURS = f"""SELECT annee, niveau, territoire, public, indicateur, modalite, numerateur, denominateur, valeur, unite
FROM marts.indicateurs WHERE {_PUBLISHED}
ORDER BY annee, niveau, territoire, public, indicateur, modalite"""

_PRIVATE = """SELECT annee, niveau, territoire, public, indicateur, modalite, numerateur, denominateur
FROM marts.indicateurs
WHERE niveau = 'organisme' AND public <> 'ensemble' AND (numerateur BETWEEN 1 AND 10 OR denominateur BETWEEN 1 AND 10)"""

_STRUCTURES = """SELECT s.annee, s.niveau, s.territoire, s.structure, s.rang, s.accompagnements, s.part_soins,
  s.part_non_pertinent, s.organismes, s.organismes_conventionnes, n.soins, n.clos, n.non_pertinents
FROM marts.structures AS s JOIN (
  SELECT annee_detection AS annee,
    CASE WHEN GROUPING(organisme) = 0 THEN 'organisme' WHEN GROUPING(region) = 0 THEN 'region' ELSE 'national' END AS niveau,
    CASE WHEN GROUPING(organisme) = 0 THEN organisme WHEN GROUPING(region) = 0 THEN region ELSE 'FR' END AS territoire,
    structure,
    COUNT(CASE WHEN type_accompagnement = 'SOINS' THEN 1 END) AS soins,
    COUNT(motif_cloture) AS clos,
    COUNT(CASE WHEN motif_cloture = 'NON_PERTINENT' THEN 1 END) AS non_pertinents
  FROM detail.accompagnements
  WHERE externe AND structure IS NOT NULL
  GROUP BY GROUPING SETS ((annee_detection, structure), (annee_detection, structure, region),
    (annee_detection, structure, organisme))
) AS n USING (annee, niveau, territoire, structure)
ORDER BY s.annee, s.niveau, s.territoire, s.rang"""


Truth = tuple[pl.DataFrame, list[Row], pl.DataFrame, list[Structure], dict[str, str]]

POINTS = 500  # other possible numbers that are told at once
PUBLIC_MODALITY = "moins_de_25"  # of everyone, the public "jeunes"


@dataclass(frozen=True)
class Choice:
    """The true rows of the published cubes, and what is hidden of them so far."""

    figures: pl.DataFrame
    rows: list[Row]
    table: pl.DataFrame  # marts.structures
    structures: list[Structure]
    region_of: dict[str, str]
    hiding: Hiding

    def indicateurs(self) -> pl.DataFrame:
        """The rows of `marts.indicateurs` to publish."""
        shown = _shown_figures(self.figures, self.rows, self.hiding.model, self.hiding.hidden)
        zeros = _hidden_zeros(shown, self.figures, self.region_of), _zeros_elsewhere(shown, self.region_of)
        return pl.concat([shown, *zeros])

    def structure_rows(self) -> pl.DataFrame:
        """The rows of `marts.structures` to publish."""
        return _shown_structures(self.table, self.structures, self.hiding.model, self.hiding.hidden)

    @property
    def keys(self) -> list[tuple[int, str, str, str, str, str]]:
        """What the rows are about, and what they count."""
        return [(*row.place, row.indicateur, row.modalite) for row in self.rows]

    @property
    def structure_keys(self) -> list[tuple[int, str, str, str]]:
        return [(*s.place[:3], s.structure) for s in self.structures]

    def alternatives(self) -> Iterator[Points]:
        """Other numbers, found while choosing, that would give the same file, some points at a time.

        They are numbered: numerator, denominator and what is between them of each row, then the six counts of each structure.
        """
        model, follows = self.hiding.model, above(self._of_rows(), self._of_structures())
        n, d = np.array([(r.numerateur, r.denominateur) for r in self.rows], float).reshape(-1, 2).T
        six = np.array([s.counts for s in self.structures], float)
        true = np.concatenate([np.column_stack([n, d, d - n]).ravel(), six.ravel()])
        for start in range(0, len(self.hiding.met), POINTS):
            some = self.hiding.met[start : start + POINTS]
            counts, values = (np.concatenate(side) for side in zip(*some, strict=True))
            point = np.repeat(np.arange(len(some)), [len(moved) for moved, _ in some])
            changes = csc_array((values - model.x[counts], (counts, point)), shape=(len(model.x), len(some)))
            moved = (follows @ changes).tocoo()
            yield moved.row, moved.col, true[moved.row] + moved.data

    def _of_rows(self) -> Sparse:
        """How numerator, denominator and what is between them of each row follow from the counts."""
        size, rows = len(self.hiding.model.x), np.array(self.hiding.model.rows, int).reshape(-1, 3)
        n, d = (one_each(rows[:, side], size) for side in (0, 1))
        turned = np.arange(3 * len(rows)).reshape(3, -1).T.ravel()  # row by row, not side by side
        return above(n, d, d - n)[turned]

    def _of_structures(self) -> Sparse:
        """The same of the six counts of each structure; where they are not modelled, they move as its accompagnements do."""
        at = {(*s.place, s.structure): k for k, s in enumerate(self.structures)}
        entries: list[tuple[int, int, float]] = []
        for k, (s, counts) in enumerate(zip(self.structures, self.hiding.model.structures, strict=True)):
            if len(counts) > 1:
                entries += [(6 * k + kind, count, 1.0) for kind, count in enumerate(counts) if count >= 0]
            elif s.place[1] == "organisme":
                places = s.place, *self._around(s.place)
                there = [at[*place, s.structure] for place in places if (*place, s.structure) in at]
                of_one = [n / s.accompagnements for n in s.counts]
                entries += [(6 * t + kind, counts[0], n) for t in there for kind, n in enumerate(of_one)]
        lines, columns, weights = zip(*entries, strict=True) if entries else ((), (), ())
        return csr_array((weights, (lines, columns)), shape=(6 * len(self.structures), len(self.hiding.model.x)))

    def _around(self, place: Place) -> tuple[Place, Place]:
        """The region and the country of a caisse."""
        annee, _, caisse, public = place
        return (annee, "region", self.region_of.get(caisse, ""), public), (annee, "national", "FR", public)

    def hide_more(self, places: Iterable[Whereabouts], widely: int) -> None:
        """Hide all of some places; `widely` 1: of all territories for their publics and years too; 2: everything."""
        near = set(places)
        cubes = {(annee, public) for annee, _, _, public in near}
        there = {p for p in self.hiding.model.places if widely > 1 or p in near or (widely and (p[0], p[3]) in cubes)}
        hide_all(self.hiding, there)


def truth(con: duckdb.DuckDBPyConnection) -> Truth:
    """What is published of the file that `con` has open, before anything is hidden: all of a choice but the hiding."""
    figures = con.sql(_INDICATEURS).pl()
    table = con.sql(_STRUCTURES).pl()
    region_of = dict(con.execute("SELECT organisme, code_region FROM ref.organismes").fetchall())
    rows = [Row((a, n, t, p), i, m, x, d) for a, n, t, p, i, m, x, d, _, _ in figures.iter_rows()]
    structures = [Structure((r[0], r[1], r[2], "ensemble"), r[3], r[4], r[5], *r[10:13]) for r in table.iter_rows()]
    return figures, rows, table, structures, region_of


def protect(con: duckdb.DuckDBPyConnection) -> Choice:
    """What may be shown of `marts.indicateurs` and `marts.structures` of the file that `con` has open."""
    figures, rows, table, structures, region_of = truth(con)
    private = [Row((a, n, t, p), i, m, x, d) for a, n, t, p, i, m, x, d in con.execute(_PRIVATE).fetchall()]
    unknown = unknown_from(con.execute(QUERY).fetchall())
    model = build(rows, structures, region_of, private, {i.id: known_only(i, unknown) for i in CATALOGUE})
    return Choice(figures, rows, table, structures, region_of, hide(model, _most(model, structures)))


def _most(model: Model, structures: Sequence[Structure]) -> np.ndarray:
    """A structure without rank comes after those that have one: whatever is hidden, after the last large one before it."""
    most = np.full(len(model.x), np.inf)
    for ranked in _by_place(structures):
        last, hidden = np.inf, False
        for k in ranked:
            count = model.structures[k][0]
            hidden |= bool(model.small[count])
            most[count] = min(most[count], last)
            if not hidden:
                last = model.x[count]
    return most


def _by_place(structures: Sequence[Structure]) -> Iterable[list[int]]:
    """The positions of the structures of each place, by rank."""
    places: dict[tuple[int, str, str, str], list[int]] = {}
    for k, s in enumerate(structures):
        places.setdefault(s.place, []).append(k)
    return [sorted(ks, key=lambda k: structures[k].rang) for ks in places.values()]


def _shown_figures(figures: pl.DataFrame, rows: Sequence[Row], model: Model, hidden: np.ndarray) -> pl.DataFrame:
    """A row is hidden whole (its denominator where that is hidden itself); a 0 whose whole is hidden is left out."""
    n, d, more = np.array(model.rows, dtype=int).reshape(-1, 3).T
    hidden = np.append(hidden, False)  # what -1, no count, stands for
    hide_d = hidden[d]
    hide = hidden[n] | hide_d | hidden[more]
    drop = hide & (n < 0) & np.array([r.numerateur == 0 for r in rows], dtype=bool) & ~np.array(model.sums, dtype=bool)
    protected, keep = pl.Series("protege", hide, dtype=pl.Boolean), pl.Series(~drop, dtype=pl.Boolean)
    return figures.with_columns(
        protected,
        pl.when(pl.Series(hide, dtype=pl.Boolean)).then(None).otherwise(pl.col("numerateur")).alias("numerateur"),
        pl.when(pl.Series(hide_d, dtype=pl.Boolean)).then(None).otherwise(pl.col("denominateur")).alias("denominateur"),
        pl.when(pl.Series(hide, dtype=pl.Boolean)).then(None).otherwise(pl.col("valeur")).alias("valeur"),
    ).filter(keep)


def _hidden_zeros(shown: pl.DataFrame, figures: pl.DataFrame, region_of: dict[str, str]) -> pl.DataFrame:
    """Hidden rows that hold 0, where a modalité that is a public of its own is one caisse's alone in its region.

    Without them that caisse would know of each figure of the public in the region that it is about its own persons.
    """
    one = pl.col("indicateur") == "profil.part_age"
    young = one & (pl.col("modalite") == PUBLIC_MODALITY) & (pl.col("niveau") == "organisme")
    region = pl.col("territoire").replace_strict(region_of, default=None).alias("region")
    holders = shown.filter(young).with_columns(region)
    alone = (
        holders.group_by("annee", "region")
        .agg(pl.len(), pl.col("protege").all())
        .filter((pl.col("len") == 1) & pl.col("protege"))
    )
    others = (
        figures.filter((pl.col("niveau") == "organisme") & (pl.col("public") == "ensemble"))
        .select("annee", "niveau", "territoire", "public")
        .unique()
        .with_columns(region)
        .join(alone.select("annee", "region"), on=["annee", "region"])
        .join(holders.select("annee", "territoire"), on=["annee", "territoire"], how="anti")
        .sort("annee", "territoire")
    )
    values = {
        "indicateur": pl.lit("profil.part_age"), "modalite": pl.lit(PUBLIC_MODALITY), "numerateur": None,
        "denominateur": None, "valeur": None, "unite": pl.lit("part"), "protege": True,
    }  # fmt: skip
    rows = others.with_columns(**{k: v if isinstance(v, pl.Expr) else pl.lit(v) for k, v in values.items()})
    return _like(rows, shown)


def _zeros_elsewhere(shown: pl.DataFrame, region_of: dict[str, str]) -> pl.DataFrame:
    """The same in the country: a figure of a public that one region alone has, and that region has one caisse."""
    caisses = (
        shown.filter((pl.col("niveau") == "organisme") & (pl.col("public") == "ensemble"))
        .select("annee", "territoire")
        .unique()
        .with_columns(region=pl.col("territoire").replace_strict(region_of, default=None))
    )
    single = caisses.group_by("annee", "region").len().filter(pl.col("len") == 1).select("annee", territoire="region")
    of_publics = shown.filter((pl.col("niveau") == "region") & (pl.col("public") != "ensemble"))
    nonzero = of_publics.filter(pl.col("protege") | (pl.col("numerateur") > 0))
    figure = ["annee", "public", "indicateur", "modalite"]
    alone = (
        nonzero.filter(pl.len().over(figure) == 1).filter(pl.col("protege")).join(single, on=["annee", "territoire"])
    )
    largest = of_publics.group_by("annee", "public", "territoire").len().sort("len", "territoire", descending=True)
    rows = (
        alone.join(largest.rename({"territoire": "elsewhere"}).drop("len"), on=["annee", "public"])
        .filter(pl.col("elsewhere") != pl.col("territoire"))
        .unique(figure, keep="first", maintain_order=True)
        .with_columns(territoire="elsewhere", denominateur=pl.lit(None))
        .join(shown, on=["annee", "niveau", "territoire", "public", "indicateur", "modalite"], how="anti")
    )
    return _like(rows, shown)


def _like(rows: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    return rows.select(pl.col(name).cast(kind) for name, kind in shown.schema.items())


def _shown_structures(
    table: pl.DataFrame, structures: Sequence[Structure], model: Model, hidden: np.ndarray
) -> pl.DataFrame:
    """Counts and parts that may be shown, and the ranks that come before the first hidden count."""
    hide = np.array([[hidden[side].any() for side in behind(s)] for s in model.structures], dtype=bool).reshape(-1, 3)
    unranked = np.zeros(len(structures), bool)
    for ranked in _by_place(structures):
        first = next((at for at, k in enumerate(ranked) if hide[k, 0]), len(ranked))
        unranked[ranked[first:]] = True
    masks = {
        "rang": unranked,
        "accompagnements": hide[:, 0],
        "part_soins": hide[:, 1],
        "part_non_pertinent": hide[:, 2],
    }
    return table.with_columns(
        pl.when(pl.Series(mask, dtype=pl.Boolean)).then(None).otherwise(pl.col(name)).alias(name)
        for name, mask in masks.items()
    )


def write(complete: duckdb.DuckDBPyConnection, path: Path, choice: Choice) -> None:
    """Make the diffusion file at `path`: reference tables, what of the complete file may be shown, and the marts made of it."""
    path.unlink(missing_ok=True)  # a table made anew within one build
    con = duckdb.connect(str(path))
    frames = {"marts.indicateurs": choice.indicateurs(), "marts.structures": choice.structure_rows()}
    marts = {f"marts.{mart.name}": mart_query(mart) for mart in THEMATIC}  # of those that are diffused
    try:
        con.execute(
            "; ".join(["BEGIN", "CREATE SCHEMA ref", "CREATE SCHEMA marts", *macros()])
        )  # written to disk once, not after every comment
        for output in DIFFUSED:
            name = output.full_name
            con.execute("; ".join(declaration(output)))
            columns = ", ".join(c.name for c in output.columns)
            if name in marts:
                con.execute(f"INSERT INTO {name} BY NAME SELECT {columns} FROM ({marts[name]}) AS q")
                continue
            frame = frames[name] if name in frames else complete.sql(f"SELECT * FROM {name}").pl()
            con.register("frame", frame)
            con.execute(f"INSERT INTO {name} BY NAME SELECT {columns} FROM frame")
            con.unregister("frame")
        con.execute("COMMIT; CHECKPOINT")
    finally:
        con.close()
