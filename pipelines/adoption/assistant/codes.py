"""What printed values mean: codes of a nomenclature, yes and no, organismes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from rapidfuzz import fuzz, process

from pipelines.adoption.assistant.words import stem
from pipelines.reading.form import VOID
from schemas.exports.declarations import Column
from schemas.exports.kinds import Code, YesNo
from schemas.exports.vocabulary import Phrase, vocabulary
from schemas.text import key

CERTAIN, LIKELY = 0.95, 0.6  # scores from which a meaning is sure, or probable
CUT_SHORT, LETTERS = 0.88, 3  # how well words cut short mean what they begin, and the letters that they keep
NAMED_WITHIN = 0.72  # how well a value means what one of its words alone means
SPELT, MISSPELT = 5, 85  # letters of what may be misspelt, and how alike it is then, of 100
_LIGHT = {"caiss", "cpam", "servic", "am", "assuranc", "maladi", "type"}  # words that tell little apart
_DENIALS = ("non", "san", "hor", "pas")  # a value that has one means no code that has none
_SHORTENED = {"ss": "sans"}
_DENIED = set(_DENIALS)
_NUMBERED = re.compile(r"^(?:[a-z]{0,2}\d{1,3}|[a-z])\s*[-–:.)/]\s*(?=\D)", re.IGNORECASE)  # "03 - Abandon"
_STOP = {
    "de",
    "du",
    "des",
    "d",
    "la",
    "le",
    "les",
    "l",
    "a",
    "au",
    "aux",
    "en",
    "et",
    "un",
    "une",
    "par",
    "pour",
    "vers",
    "dans",
}


@dataclass(frozen=True)
class Meaning:
    """What a printed value may mean, and how well it does, from 0 to 1."""

    code: str
    score: float


def words(text: str) -> tuple[str, ...]:
    """The words of a value, without case, accents, plurals, feminine endings and articles."""
    bare = re.sub(r"\(e?s?\)|·e·?s?", "", key(text))
    bare = re.sub(r"\b(?:[a-z]\.){2,}", lambda initials: initials[0].replace(".", "") + " ", bare)
    found = re.findall(r"[a-z]+|\d+|[✓✔?+#]|-+$|^\.$", bare)
    kept = [w for w in found if w not in _STOP]
    return tuple(map(_bare, kept if any(len(w) > 2 for w in kept) else found))  # "n/a" is not "n"


def _bare(word: str) -> str:
    short = stem(_SHORTENED.get(word, word))
    return short[:-1] if len(short) > 4 and short[-1] == "e" else short


@dataclass(frozen=True)
class Form:
    """A way to print a code."""

    words: tuple[str, ...]
    code: str
    doubtful: bool


@dataclass(frozen=True)
class Lexicon:
    """The ways to print the codes of a column, found by any of their words."""

    forms: tuple[Form, ...]

    @cached_property
    def by_word(self) -> dict[str, list[Form]]:
        found: dict[str, list[Form]] = {}
        for form in self.forms:
            for word in set(form.words):
                found.setdefault(word, []).append(form)
        return found

    @cached_property
    def spellings(self) -> list[str]:
        return [" ".join(form.words) for form in self.forms]

    def scores(self, mine: tuple[str, ...]) -> dict[str, float]:
        """How well the words of a value mean each code; where they share none with a code, how alike they are spelt."""
        scores: dict[str, float] = {}
        for form in {id(f): f for word in set(mine) for f in self.by_word.get(word, ())}.values():
            scores[form.code] = max(scores.get(form.code, 0.0), _alike(mine, form))
        for code, score in (*self._cut_short(mine), *self._initials(mine)):
            scores[code] = max(scores.get(code, 0.0), score)
        if max(scores.values(), default=0.0) < LIKELY and len(text := " ".join(mine)) >= SPELT:
            for spelling, ratio, at in process.extract(text, self.spellings, scorer=fuzz.ratio, score_cutoff=MISSPELT):
                form = self.forms[at]
                if len(spelling) >= SPELT and not _denies(mine, form.words):
                    scores[form.code] = max(scores.get(form.code, 0.0), 0.009 * ratio * (0.7 if form.doubtful else 1.0))
        return scores

    def _cut_short(self, mine: tuple[str, ...]) -> Iterator[tuple[str, float]]:
        """The codes that a value means whose words are cut short: "dem emploi"."""
        for form in self.forms:
            if not form.doubtful and form.words != mine and _begin(mine, form.words):
                yield form.code, CUT_SHORT

    def _initials(self, mine: tuple[str, ...]) -> Iterator[tuple[str, float]]:
        """The code of which a value has the initials among other words: "consultation mg"."""
        named = {f.code for f in self.forms if len(f.words) == 1 and not f.doubtful and f.words[0] in mine} - {VOID}
        if len(named) == 1 and len(mine) > 1 and _DENIED.isdisjoint(mine):
            yield named.pop(), NAMED_WITHIN

    def within(self, codes: Iterable[str]) -> "Lexicon":
        """The same of some codes only."""
        allowed = {*codes, VOID}
        return Lexicon(tuple(f for f in self.forms if f.code in allowed))


@cache
def lexicon_of_yes_no() -> Lexicon:
    return Lexicon(tuple(_of_vocabulary(vocabulary().yes_no)))


@cache
def lexicon_of_missing() -> Lexicon:
    return Lexicon(tuple(f for f in lexicon_of_yes_no().forms if f.code == VOID))


@cache
def _lexicon_of_codes(column: str, codes: tuple[tuple[str, str], ...]) -> Lexicon:
    """Of a column of codes: labels, codes, what the vocabulary has, and what stands for nothing."""
    own = [Form(words(form), code, doubtful=False) for code, label in codes for form in (label, code)]
    return Lexicon((*own, *_of_vocabulary(vocabulary().values.get(column, {})), *lexicon_of_missing().forms))


def _of_vocabulary(told: Mapping[str, Iterable[Phrase]]) -> list[Form]:
    return [Form(words(p.text), code, p.doubtful) for code, phrases in told.items() for p in phrases]


def lexicon_of(column: Column) -> Lexicon:
    if isinstance(column.kind, YesNo):
        return lexicon_of_yes_no()
    codes = tuple(column.kind.nomenclature.items()) if isinstance(column.kind, Code) else ()
    return _lexicon_of_codes(column.name, codes)


def meanings(values: Sequence[str], lexicon: Lexicon) -> dict[str, Meaning]:
    """What each of the values of a column may mean; those that mean nothing known are left out."""
    common = _common([words(v) for v in values])
    found = {value: _meaning(value, lexicon, common) for value in values}
    return {value: meaning for value, meaning in found.items() if meaning}


def _common(several: Sequence[tuple[str, ...]]) -> frozenset[str]:
    """Words that most values have, as "clos" in "Clos - abandon": they tell nothing apart."""
    if len(several) < 3:
        return frozenset()
    every = {w for one in several for w in one}
    return frozenset(w for w in every if sum(w in one for one in several) >= 0.7 * len(several))


def _meaning(value: str, lexicon: Lexicon, common: frozenset[str]) -> Meaning | None:
    tried = [words(value), words(_NUMBERED.sub("", value))]
    tried += [tuple(w for w in t if w not in common) for t in tried]
    best: dict[str, float] = {}
    for mine in dict.fromkeys(filter(None, tried)):
        best = {code: max(score, best.get(code, 0.0)) for code, score in {**best, **lexicon.scores(mine)}.items()}
    ranked = sorted(best.items(), key=lambda pair: -pair[1])
    if not ranked or ranked[0][1] < LIKELY:
        return None
    (code, score), rest = ranked[0], ranked[1:]
    if rest and rest[0][1] >= score - 0.05:
        return None if score < CERTAIN or rest[0][1] >= CERTAIN else Meaning(code, LIKELY)
    return Meaning(code, score)


def _alike(mine: tuple[str, ...], form: Form) -> float:
    theirs = form.words
    most = 0.7 if form.doubtful else 1.0
    if mine == theirs or (len(theirs) > 1 and sorted(mine) == sorted(theirs)):
        return most
    shared = set(mine) & set(theirs)
    if max(len(w) for w in shared) < 3 or _denies(mine, theirs):
        return 0.0
    letters = 2 * _letters(shared) / (_letters(set(mine)) + _letters(set(theirs)))
    return min(0.9, letters) * most


def _begin(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether each word of a value begins the word at its place, some of them cut short."""
    return len(mine) == len(theirs) and all(
        w == t or (len(w) >= LETTERS and t.startswith(w)) for w, t in zip(mine, theirs, strict=True)
    )


def _denies(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    return any((w in mine) != (w in theirs) for w in _DENIALS)


def _letters(several: Iterable[str]) -> float:
    return sum(len(w) * (0.25 if w in _LIGHT else 1) for w in several)
