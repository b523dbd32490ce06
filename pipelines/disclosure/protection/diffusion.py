"""Write `adass_diffusion.duckdb`: a new file, filled only with what may be shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from scipy.sparse import csr_array

from pipelines.computing.declaring import declaration
from pipelines.computing.thematic import mart_query
from pipelines.disclosure.linear import Sparse, above
from pipelines.disclosure.neighbours import Whereabouts
from pipelines.disclosure.protection.cells import KINDS, PLACE, counts_of
from pipelines.disclosure.protection.hide import hide_all
from pipelines.disclosure.protection.hide import protect as hide
from pipelines.disclosure.protection.model import Model, build, one_each
from pipelines.disclosure.protection.places import COUNTRY
from pipelines.disclosure.protection.state import Hiding
from schemas.indicators.catalogue import CATALOGUE
from schemas.indicators.known import QUERY, known_only, unknown_from
from schemas.outputs.diffusion import CUBES, DIFFUSED, THRESHOLD
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

_STRUCTURES = """SELECT s.annee, s.niveau, s.territoire, 'ensemble' AS public, s.structure, s.rang, s.accompagnements, s.part_soins,
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


PUBLIC_MODALITY = "moins_de_25"  # of everyone, the public "jeunes"
KEY = [*PLACE, "indicateur", "modalite"]
STRUCTURE_KEY = ["annee", "niveau", "territoire", "structure"]


@dataclass(frozen=True)
class Choice:
    """The true rows of the published cubes, and what is hidden of them so far."""

    figures: pl.DataFrame  # of marts.indicateurs
    structures: pl.DataFrame  # of marts.structures, each place by rank
    region_of: dict[str, str]
    hiding: Hiding

    def indicateurs(self) -> pl.DataFrame:
        """The rows of `marts.indicateurs` to publish."""
        shown = _shown_figures(self.figures, self.hiding.model, self.hiding.hidden)
        zeros = _hidden_zeros(shown, self.figures, self.region_of), _zeros_elsewhere(shown, self.region_of)
        return pl.concat([shown, *zeros])

    def structure_rows(self) -> pl.DataFrame:
        """The rows of `marts.structures` to publish."""
        return _shown_structures(self.structures, self.hiding.model.hidden_sides(self.hiding.hidden))

    @property
    def keys(self) -> pl.DataFrame:
        """What the rows are about, and what they count."""
        return self.figures.select(KEY)

    @property
    def structure_keys(self) -> pl.DataFrame:
        return self.structures.select(STRUCTURE_KEY)

    def alternatives(self) -> Sparse:
        """Other numbers, found while choosing, that would give the same file: how far they are from the true ones.

        A column each. The numbers are the lines: numerator, denominator and what is between them of each row of `keys`,
        then the six counts `KINDS` of each structure.
        """
        return above(self._of_rows(), self._of_structures()) @ self.hiding.changes()

    def _of_rows(self) -> Sparse:
        """How numerator, denominator and what is between them of each row follow from the counts."""
        size, rows = len(self.hiding.model.x), self.hiding.model.rows
        n, d = (one_each(rows[:, side], size) for side in (0, 1))
        turned = np.arange(3 * len(rows)).reshape(3, -1).T.ravel()  # row by row, not side by side
        return above(n, d, d - n)[turned]

    def _of_structures(self) -> Sparse:
        """The same of the six counts of each structure; where they are not modelled, they move as its accompagnements do."""
        model = self.hiding.model
        size, kinds = len(model.x), np.arange(len(KINDS))
        known = one_each(np.where(model.modelled[:, None], model.structures, -1).ravel(), size)
        row, larger = self._local().T
        of_one = counts_of(self.structures)[row] / counts_of(self.structures)[row, :1]
        lines, columns = len(kinds) * larger[:, None] + kinds, np.repeat(model.structures[row, 0], len(kinds))
        return known + csr_array((of_one.ravel(), (lines.ravel(), columns)), shape=known.shape)

    def _local(self) -> np.ndarray:
        """The structures of caisses that are not modelled, each with itself and its lines in the region and the country."""
        lines = self.structures.select(STRUCTURE_KEY).with_row_index("larger")
        local = lines.filter(~self.hiding.model.modelled, niveau="organisme").rename({"larger": "row"})
        region = pl.col("territoire").replace_strict(self.region_of, default="", return_dtype=pl.String)
        around = (("organisme", pl.col("territoire")), ("region", region), ("national", pl.lit(COUNTRY)))
        found = [
            local.with_columns(niveau=pl.lit(niveau), territoire=territoire).join(lines, on=STRUCTURE_KEY)
            for niveau, territoire in around
        ]
        return pl.concat(found).select("row", "larger").cast(pl.Int64).to_numpy()

    def hide_more(self, places: Iterable[Whereabouts], widely: int) -> None:
        """Hide all of some places; `widely` 1: of all territories for their publics and years too; 2: everything."""
        near = set(places)
        cubes = {(annee, public) for annee, _, _, public in near}
        every = self.hiding.model.whereabouts
        hide_all(self.hiding, {p for p in every if widely > 1 or p in near or (widely and (p[0], p[3]) in cubes)})


def protect(con: duckdb.DuckDBPyConnection) -> Choice:
    """What may be shown of `marts.indicateurs` and `marts.structures` of the file that `con` has open."""
    figures, structures, private = (con.sql(query).pl() for query in (_INDICATEURS, _STRUCTURES, _PRIVATE))
    region_of = dict(con.execute("SELECT organisme, code_region FROM ref.organismes").fetchall())
    unknown = unknown_from(con.execute(QUERY).fetchall())
    model = build(figures, structures, region_of, private, {i.id: known_only(i, unknown) for i in CATALOGUE})
    return Choice(figures, structures, region_of, hide(model, _most(model, structures)))


def _most(model: Model, structures: pl.DataFrame) -> np.ndarray:
    """A structure without rank comes after those that have one: whatever is hidden, after the last large one before it."""
    most = np.full(len(model.x), np.inf)
    number = structures.select(PLACE).with_columns(number=pl.Series(model.x[model.structures[:, 0]]))
    large = pl.when(pl.col("number") >= THRESHOLD).then("number")
    before = number.select(large.shift(1).forward_fill().over(PLACE)).to_series().fill_null(np.inf).to_numpy()
    np.minimum.at(most, model.structures[:, 0], before)
    return most


def _shown_figures(figures: pl.DataFrame, model: Model, hidden: np.ndarray) -> pl.DataFrame:
    """A row is hidden whole (its denominator where that is hidden itself); a 0 whose whole is hidden is left out."""
    n, d, more = np.append(hidden, False)[model.rows].T  # -1, no count, is not hidden
    protected = pl.Series("protege", n | d | more)
    zero = pl.Series(model.zero)
    return figures.with_columns(
        protected,
        pl.when(protected).then(None).otherwise(pl.col("numerateur")).alias("numerateur"),
        pl.when(pl.Series(d)).then(None).otherwise(pl.col("denominateur")).alias("denominateur"),
        pl.when(protected).then(None).otherwise(pl.col("valeur")).alias("valeur"),
    ).filter(~(protected & zero))


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


def _shown_structures(structures: pl.DataFrame, hide: np.ndarray) -> pl.DataFrame:
    """Counts and parts that may be shown, and the ranks that come before the first hidden count.

    `hide`: whether accompagnements, part_soins and part_non_pertinent are hidden.
    """
    number, care, useless = (pl.Series(side, dtype=pl.Boolean) for side in hide.T)
    placed = structures.select(PLACE).with_columns(number=number)
    unranked = placed.select(pl.col("number").cum_max().over(PLACE)).to_series()
    masks = {"rang": unranked, "accompagnements": number, "part_soins": care, "part_non_pertinent": useless}
    return structures.with_columns(
        pl.when(mask).then(None).otherwise(pl.col(name)).alias(name) for name, mask in masks.items()
    )


def write(complete: duckdb.DuckDBPyConnection, path: Path, choice: Choice) -> None:
    """Make the diffusion file at `path`: reference tables, what of the complete file may be shown, and the marts made of it."""
    path.unlink(missing_ok=True)  # a table made anew within one build
    con = duckdb.connect(str(path))
    frames = {"marts.indicateurs": choice.indicateurs(), "marts.structures": choice.structure_rows()}
    marts = {f"marts.{mart.name}": mart_query(mart) for mart in THEMATIC}  # of those that are diffused
    try:
        con.execute("BEGIN; CREATE SCHEMA ref; CREATE SCHEMA marts")  # written to disk once, not after every comment
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
