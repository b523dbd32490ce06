from pipelines.build import Build
from pipelines.references import read_reference, refuse_missing, refuse_twice
from pipelines.tables import table
from schemas.referentiels import ORGANISMES, ORGANISMES_FILE, shipped_organismes


@table("ref.organismes", after=["raw.referentiels.organismes"])
def organismes(build: Build) -> None:
    """The organismes of the raw folder, else those that ship with the project."""
    given = build.raw / "referentiels" / ORGANISMES_FILE
    path = given if given.exists() else shipped_organismes()
    rows = read_reference(path, ORGANISMES)
    for column in ("organisme", "code_region"):
        refuse_missing(rows, path.name, column)
    refuse_twice(rows, path.name, "organisme")
    build.create("ref.organismes")
    build.append("ref.organismes", rows.select(ORGANISMES))
