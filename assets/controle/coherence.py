from dataclasses import astuple, fields

import polars as pl

from pipelines.tables import table
from pipelines.vintages.build import Build
from schemas.publications.coherence import Finding, findings
from schemas.publications.coherence_rules import RULES
from schemas.publications.printed import figures, read_publications


@table("controle.coherence")
def coherence(build: Build) -> None:
    """The figures of each publication judged by its rules: no delivery has a part in it."""
    found = findings(figures(read_publications()), RULES)
    build.create("controle.coherence")
    build.append(
        "controle.coherence",
        pl.DataFrame([astuple(f) for f in found], schema=[f.name for f in fields(Finding)], orient="row"),
    )
