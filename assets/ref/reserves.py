import polars as pl

from pipelines.tables import table
from pipelines.vintages.build import Build


@table("ref.reserves", after=["controle.colonnes"])
def reserves(build: Build) -> None:
    """Why this vintage is to be read with care: what the checks of the reading found, and that it is a trial."""
    despite = build.asked.despite if build.overridden else ""
    rows = [
        *([("essai", "Millésime d'essai, qui n'est pas publié")] if build.asked.trial else []),
        *(("ecartee", fault.text) for fault in build.inputs.set_aside),
        *([("malgre", despite)] if despite else []),
        *(("refus", text) for text in build.overridden),
    ]
    build.create("ref.reserves")
    build.append("ref.reserves", pl.DataFrame(rows, schema={"nature": pl.String, "texte": pl.String}, orient="row"))
