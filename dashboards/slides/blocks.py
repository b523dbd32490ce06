"""What a slide is made of. Renderers draw it; the other modules of this package declare the slides.

A block names indicators of the catalogue and inherits label, unit, definition and base from it.
"""

from dataclasses import dataclass

from dashboards.figures.view import ANNEE
from dashboards.slides.headlines import Headline

BY_SIZE, BY_NATURE = "taille", "nature"
INDICATOR, BOTH = "indicateur", "les deux"


@dataclass(frozen=True)
class KeyFigure:
    """A figure set large, called `name` where its label says too much or too little.

    Shown under it: `change`, the indicator of its evolution; `share`, that of its part in the whole.
    """

    indicator: str
    modality: str = ""
    change: str = ""
    share: str = ""
    name: str = ""


@dataclass(frozen=True)
class Part:
    """Rows of a chart: the modalités of an indicator (all unless named), or the indicator itself where it has none.

    `count`: indicator giving the number of cases of each modalité, printed after its share.
    `under`: of modalités in two parts, those with this first part, called by the second.
    `named`: the row is called after its indicator, not after its modalité, or after both.
    """

    indicator: str
    modalities: tuple[str, ...] = ()
    count: str = ""
    under: str = ""
    named: str = ""  # INDICATOR or BOTH


@dataclass(frozen=True)
class Bars:
    """Horizontal bars; they come in pairs, the comparator hatched, wherever the reader has chosen one.

    `first`: only that many of the largest are drawn, the table holds them all.
    `scale`: blocks of a slide that share a name share their axis.
    """

    title: str
    parts: tuple[Part, ...]
    order: str = BY_SIZE
    colour: str = "accent"
    first: int = 0
    scale: str = ""

    @property
    def indicators(self) -> tuple[str, ...]:
        return tuple(i for p in self.parts for i in (p.indicator, p.count) if i)


@dataclass(frozen=True)
class Ring:
    """A whole in two or three parts, each with the colour that stands for it everywhere."""

    title: str
    indicator: str
    colours: tuple[str, ...]
    total: str = ""  # count written in the middle

    @property
    def indicators(self) -> tuple[str, ...]:
        return tuple(i for i in (self.indicator, self.total) if i)


@dataclass(frozen=True)
class Groups:
    """Modalités listed under the groups they belong to, with the count and share of each."""

    title: str
    groups: str  # indicator whose modalités are the groups
    members: str  # indicator whose modalités are the members
    membership: tuple[tuple[str, tuple[str, ...]], ...]
    colours: tuple[str, ...]

    @property
    def indicators(self) -> tuple[str, ...]:
        return self.groups, self.members


@dataclass(frozen=True)
class Ranking:
    """The table of the most active external structures."""

    title: str

    @property
    def indicators(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class Text:
    """A short text under a heading."""

    title: str
    body: str


@dataclass(frozen=True)
class Trend:
    """A count year after year, from zero."""

    title: str
    indicator: str

    @property
    def indicators(self) -> tuple[str, ...]:
        return (self.indicator,)


@dataclass(frozen=True)
class Column:
    """A column of a table: an indicator this year, or the year `before`. `signed`: a change, written with its sign."""

    title: str
    indicator: str
    before: bool = False
    signed: bool = False


@dataclass(frozen=True)
class Table:
    """Several figures of each modalité, a line each, the largest of the figure `by` first."""

    title: str
    head: str
    columns: tuple[Column, ...]
    by: str

    @property
    def indicators(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c.indicator for c in self.columns))


@dataclass(frozen=True)
class Targets:
    """The publics of an approach, with what is known of their poverty: context, no indicator."""

    title: str
    approach: str

    @property
    def indicators(self) -> tuple[str, ...]:
        return ()


Chart = Bars | Ring | Groups | Ranking | Trend | Table | Targets


@dataclass(frozen=True)
class Slide:
    """One slide: `headline` is computed, `subject` is what is measured, `main` the one idea, `side` its support.

    `source`: whose years it goes through, none for context that has no year. `public`: the one it is about, the
    reader's choice where there is none. `beside`: the comparison it opens with; `compares`: whether the reader may
    choose one. `local`: about a caisse that gave its own files.
    """

    id: str
    title: str
    subject: str
    headline: Headline
    keys: tuple[KeyFigure, ...] = ()
    main: Chart | None = None
    side: tuple[Chart, ...] = ()
    sentences: tuple[Headline, ...] = ()
    texts: tuple[Text, ...] = ()
    source: str = "bali"
    public: str = ""
    beside: str = ANNEE
    compares: bool = True
    local: bool = False

    @property
    def charts(self) -> tuple[Chart, ...]:
        return ((self.main,) if self.main else ()) + self.side

    @property
    def indicators(self) -> tuple[str, ...]:
        """Every indicator the slide shows, once, in order."""
        keys = [i for k in self.keys for i in (k.indicator, k.change, k.share) if i]
        return tuple(dict.fromkeys(keys + [i for c in self.charts for i in c.indicators]))

    @property
    def path(self) -> str:
        """Last part of its address."""
        return self.id.lower()


@dataclass(frozen=True)
class Section:
    letter: str
    title: str
    slides: tuple[Slide, ...]

    @property
    def label(self) -> str:
        return f"{self.letter} · {self.title}"
