"""What must hold before a report comes out."""

from dashboards.published import Edition


class Withheld(Exception):
    """The report may not come out; the message says why, in French."""


def passed(edition: Edition, annee: int) -> tuple[str, ...]:
    """What the annex must tell of this year, a line each. Raises Withheld where a blocking check has failed."""
    del edition, annee
    return ()


def came_out(edition: Edition, annee: int) -> None:
    """Note that the national report of this year was made from this vintage: its figures are now published ones."""
    del edition, annee
