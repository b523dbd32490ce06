"""Hold proposals against the truth about a layout: how many are right, and which are wrongly sure."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from pipelines.adoption.entries import SURE, WIDE, Entry

_SAME_ENCODING = ({"utf-8", "utf-8-sig"}, {"cp1252", "iso8859-1", "iso8859-15"}, {"utf-16", "utf-16-le", "utf-16-be"})


@dataclass
class Score:
    right: int = 0
    asked: int = 0
    wrong: list[str] = field(default_factory=list)  # proposed otherwise than the truth, or not at all
    wrongly_sure: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.right / self.asked if self.asked else 1.0


def score(entries: list[Entry], truth: list[dict], files: list[str]) -> Score:
    """Each thing that the truth says, of each file, against what is proposed; what need not be said is held against what is."""
    result = Score()
    proposed: dict[tuple, list[Entry]] = {}
    for e in entries:
        proposed.setdefault((e.fichier, e.quoi, _key(e.quoi, e.table, e.colonne, e.valeur, e.propose)), []).append(e)
    for told in truth:
        meant = [f for f in files if fnmatchcase(f, told["fichier"])]
        assert meant, told
        _one(result, told, meant, proposed)
    return result


def _key(quoi, table, column, value, propose):
    if quoi in {"livraison", "separateur", "encodage"}:
        return ()
    if quoi == "table":
        return (propose,)
    if quoi == "large":
        return (table, propose)
    return (table, column, value) if quoi != "date" else (table, column)


def _one(result: Score, told: dict, files: list[str], proposed: dict) -> None:
    quoi, value = told["quoi"], told["propose"]
    own = _key(quoi, told["table"], told["colonne"], told["valeur"], value)
    found = [e for file in files for e in proposed.get((file, quoi, own), [])]
    when = told.get("si")
    if quoi == WIDE:
        said = [(e.colonne, e.confiance) for e in found]
        value = told["colonne"]
    else:
        there = [e for e in found if not e.si or not when or dict(e.si) == when]
        said = list(dict.fromkeys((e.propose, e.confiance) for e in there))
    place = f"{quoi} {told['table']}.{told['colonne']} {told['valeur']!r} = {value} {when or ''} : {said}"
    agree = [_same(quoi, value, p) for p, _ in said]
    right = (any(agree) if quoi == "date" else all(agree)) if said else value is None
    if quoi != "date" and any(c == SURE and not _same(quoi, value, p) for p, c in said):
        result.wrongly_sure.append(place)
    if quoi == "date" and said and all(c == SURE for _, c in said) and not right:
        result.wrongly_sure.append(place)
    if told.get("indevinable"):
        if any(c == SURE for _, c in said):
            result.wrongly_sure.append(f"indevinable {place}")
        return
    if told.get("facultatif"):
        return
    result.asked += 1
    if right:
        result.right += 1
    else:
        result.wrong.append(place)


def _same(quoi: str, truth, proposed) -> bool:
    if quoi == "encodage":
        return truth == proposed or any({truth, proposed} <= same for same in _SAME_ENCODING)
    return truth == proposed
