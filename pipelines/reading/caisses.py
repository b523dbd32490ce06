"""Deliveries that come one a caisse: the files of each, so that the fault of one need not be that of all."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from pipelines.reading.deliveries import Arrived, Fault
from pipelines.reading.form import Form
from schemas.exports.declarations import Delivery
from schemas.exports.sources import source

_BETWEEN = re.compile(r"[\W_]+")

Caisse = tuple[str, str, str]  # source, delivery, code of the organisme


def _code(delivery: Delivery, name: str, form: Form | None, codes: Collection[str]) -> str:
    """The caisse that a file is of: that of its folder, what a profile says of it, or the code after its table's name.

    Empty where nothing says so: the file holds rows of any caisse.
    """
    told = delivery.organisme or (form.constants.get("organisme", "") if form else "")
    if not told:
        stem = name.rpartition("/")[2].casefold().partition(".")[0]
        tables = sorted((t.name for t in source(delivery.source).tables), key=len, reverse=True)
        table = next((t for t in tables if stem.startswith(t)), stem)
        told = _BETWEEN.sub("", stem.removeprefix(table)).upper()
    return told if told in codes else ""


def caisse_of(fault: Fault, deliveries: Iterable[Arrived], codes: Collection[str]) -> Caisse | None:
    """The caisse whose fault it is; None where the file, or folder, is nobody's in particular."""
    for one in deliveries:
        if (one.delivery.source, one.delivery.name) == (fault.source, fault.delivery):
            form = next((h.form for several in one.files.values() for h in several if h.name == fault.file), None)
            code = _code(one.delivery, fault.file, form, codes)
            return (fault.source, fault.delivery, code) if code else None
    return None


def without_caisses(
    deliveries: Iterable[Arrived], caisses: Collection[Caisse], codes: Collection[str]
) -> Iterator[Arrived]:
    """The deliveries without the files of some caisses; one of which nothing is left is none."""
    for one in deliveries:
        place = one.delivery.source, one.delivery.name
        kept = {
            table: left
            for table, several in one.files.items()
            if (left := [h for h in several if (*place, _code(one.delivery, h.name, h.form, codes)) not in caisses])
        }
        if kept or not one.files:
            yield replace(one, files=kept)
