"""The NIR (French social security number): what is well formed, and whose it is."""

import polars as pl

CORSICA = {"2A": "19", "2B": "18"}
_FORM = r"^([0-9]{5})([0-9]{2}|2[AB])([0-9]{6})([0-9]{2})?$"


def read_nirs(texts: pl.Series) -> pl.Series:
    """The 13 characters of each well-formed NIR (blanks ignored, key checked if given); null for any other text.

    With and without its two-digit key a NIR gives the same 13 characters. Corsican places 2A and 2B count as
    19 and 18 in the key, which is 97 minus the number modulo 97.
    """
    compact = pl.col("nir").str.replace_all(r"\s", "")
    parts = (
        texts.alias("nir")
        .to_frame()
        .select(
            compact.str.extract(_FORM, group).alias(name)
            for group, name in enumerate(("start", "place", "end", "key"), 1)
        )
    )
    place = pl.col("place").replace(CORSICA)
    number = pl.concat_str("start", place, "end").cast(pl.Int64)
    right = pl.col("key").is_null() | (pl.col("key").cast(pl.Int64) == 97 - number % 97)
    return parts.select(pl.when(right).then(pl.concat_str("start", "place", "end")).alias("nir"))["nir"]
