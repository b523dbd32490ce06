from pipelines.tables import table
from pipelines.vintages.build import Build


@table("ref.organismes", after=["raw.referentiels.organismes"])
def organismes(build: Build) -> None:
    """The organismes and their regions."""
    build.create("ref.organismes")
    build.append("ref.organismes", build.inputs.organismes)
