"""Errors that a user can act on; their text is French and names file, column and value."""

import errno

_OF_THE_MACHINE = {
    errno.ENOSPC: ("No space left on device", "disque plein"),
    errno.EDQUOT: ("Disk quota exceeded", "quota de disque dépassé"),
    errno.EROFS: ("Read-only file system", "disque en lecture seule"),
    errno.EACCES: ("Permission denied", "droits insuffisants"),
    errno.EPERM: ("Operation not permitted", "droits insuffisants"),
    errno.EIO: ("Input/output error", "le disque répond par une erreur"),
    errno.EMFILE: ("Too many open files", "trop de fichiers ouverts"),
    errno.ENOMEM: ("Cannot allocate memory", "mémoire insuffisante"),
}


def of_the_machine(error: Exception) -> str | None:
    """The fault of the machine, not of the data nor of the program, behind an error, in French; None where there is none."""
    if isinstance(error, MemoryError):
        return "mémoire insuffisante"
    number, text = getattr(error, "errno", None), str(error)
    found = next((said for code, (sign, said) in _OF_THE_MACHINE.items() if code == number or sign in text), None)
    if found is None:
        return None
    where = getattr(error, "filename", None)
    return f"{found} ({where})" if where else found


class Refused(Exception):
    """The refresh cannot go on; nothing of it is published."""


class Unreadable(Refused):
    """A file of a delivery cannot be read: the whole delivery is refused."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place} : {problem}")


class Busy(Refused):
    """The marts folder is in use: the same work can go on later."""
