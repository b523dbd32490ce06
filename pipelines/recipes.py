"""The composition root: every recipe that `assets/` declares, in the order in which tables can be made."""

from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import assets.controle
import assets.detail
import assets.marts
import assets.ref
from pipelines.tables import Recipe, sql_table
from schemas.outputs.detail import READ

LAYERS = (assets.ref, assets.detail, assets.marts, assets.controle)


def _declared(layer: ModuleType) -> Iterator[Recipe]:
    """The recipes of a package: those its modules hold, alone or in lists, and its `.sql` files."""
    for found in iter_modules(layer.__path__, f"{layer.__name__}."):
        for value in vars(import_module(found.name)).values():
            several = value if isinstance(value, list) else [value]
            yield from (one for one in several if isinstance(one, Recipe))
    for path in sorted(Path(layer.__path__[0]).glob("*.sql")):
        yield sql_table(path)


def in_order(recipes: Iterable[Recipe]) -> list[Recipe]:
    """The recipes, each after those of the tables it is made from; what is no table, a raw file, is left out."""
    by_name = {one.name: one for one in recipes}
    order = TopologicalSorter({name: one.after for name, one in sorted(by_name.items())}).static_order()
    return [by_name[name] for name in order if name in by_name]


# the tables that are read of the exports, and the lists that these are read by
READING = {"ref.organismes", "ref.structures", *READ}
RECIPES = in_order(one for layer in LAYERS for one in _declared(layer))
