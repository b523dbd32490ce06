"""The theme, read once from `theme.toml`: colours by role, light and dark, and four text sizes."""

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


@dataclass(frozen=True)
class Type:
    """The typeface and the scale of sizes, in pixels."""

    family: str
    small: int
    body: int
    title: int
    figure: int


_FILE = tomllib.loads(Path(__file__).with_name("theme.toml").read_text(encoding="utf-8"))
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
