"""Errors that a user can act on; their text is French and names file, column and value."""


class Refused(Exception):
    """The refresh cannot go on; nothing of it is published."""


class Unreadable(Refused):
    """A file of a delivery cannot be read: the whole delivery is refused."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place} : {problem}")


class Busy(Refused):
    """The marts folder is in use: the same work can go on later."""
