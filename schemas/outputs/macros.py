"""Functions that a reader's SQL finds in both files beside their tables."""

from dataclasses import dataclass

from schemas.indicators.crossing import wilson

_LOW, _HIGH = wilson("CAST(k AS DOUBLE)", "CAST(n AS DOUBLE)")
_WORDS = "de l'intervalle de Wilson à 95 % d'une part de k cas parmi n ; vide si n est 0 ou vide."


@dataclass(frozen=True)
class Macro:
    """A function of SQL: its parameters, the expression that it stands for, and what it says."""

    layer: str
    name: str
    parameters: tuple[str, ...]
    body: str
    comment: str

    @property
    def full_name(self) -> str:
        return f"{self.layer}.{self.name}"


MACROS = (
    Macro("marts", "wilson_bas", ("k", "n"), f"CASE WHEN n > 0 THEN {_LOW} END", f"Borne basse {_WORDS}"),
    Macro("marts", "wilson_haut", ("k", "n"), f"CASE WHEN n > 0 THEN {_HIGH} END", f"Borne haute {_WORDS}"),
)
