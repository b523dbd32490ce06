"""The theme, read once from `web/theme.toml`: colours by role, light and dark, and four text sizes."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Mode = Literal["light", "dark"]


@dataclass(frozen=True)
class Palette:
    """A colour for each role, as `#RRGGBB`."""

    ground: str
    panel: str
    rule: str
    text: str
    muted: str
    accent: str
    comparator: str
    second: str
    third: str
    fourth: str
    warning: str

    def role(self, name: str) -> str:
        """The colour of a role; raises AttributeError where there is none of that name."""
        return str(getattr(self, name))

    def shades(self, number: int) -> tuple[str, ...]:
        """Colours for so many classes, 5 at most, from hardly more than the ground to beyond the accent."""
        light = (_mixed(self.ground, self.accent, share) for share in (0.1, 0.27, 0.48))
        every = (*light, self.accent, _mixed(self.accent, self.text, 0.55))
        return tuple(every[round(4 * i / max(number - 1, 1))] for i in range(number))

    def on(self, ground: str) -> str:
        """The colour of a text on that ground: the one that is read best."""
        return max((self.text, self.ground), key=lambda colour: contrast(colour, ground))


@dataclass(frozen=True)
class Type:
    """The typeface and the scale of sizes, in pixels."""

    family: str
    small: int
    body: int
    title: int
    figure: int


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _mixed(first: str, second: str, share: float) -> str:
    """A colour between two, at that share of the way to the second."""
    both = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in both)


def contrast(first: str, second: str) -> float:
    """The contrast of two colours as WCAG 2 defines it, from 1 to 21."""
    lights = sorted(
        sum(w * _linear(c / 255) for w, c in zip((0.2126, 0.7152, 0.0722), _channels(colour), strict=True))
        for colour in (first, second)
    )
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


_FILE = tomllib.loads((Path(__file__).parent / "web" / "theme.toml").read_text(encoding="utf-8"))
LIGHT, DARK = Palette(**_FILE["light"]), Palette(**_FILE["dark"])
TYPE = Type(**_FILE["type"])
DECK_FAMILY = str(_FILE["deck"]["family"])


def palette(mode: str | None) -> Palette:
    """The palette of a mode; light where the reader's is not known."""
    return DARK if mode == "dark" else LIGHT


def streamlit_options() -> dict[str, str]:
    """The theme as Streamlit options, `theme.light.textColor` and so on."""
    options = {"theme.font": "sans-serif", "theme.baseFontSize": str(TYPE.body), "theme.baseRadius": "small"}
    for mode, colours in (("light", LIGHT), ("dark", DARK)):
        options |= {
            f"theme.{mode}.primaryColor": colours.accent,
            f"theme.{mode}.backgroundColor": colours.ground,
            f"theme.{mode}.secondaryBackgroundColor": colours.panel,
            f"theme.{mode}.textColor": colours.text,
            f"theme.{mode}.borderColor": colours.rule,
            f"theme.{mode}.linkColor": colours.accent,
            f"theme.{mode}.sidebar.backgroundColor": colours.panel,
            f"theme.{mode}.sidebar.secondaryBackgroundColor": colours.ground,
        }
    return options
