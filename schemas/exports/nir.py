"""The NIR (French social security number): what is well formed, and whose it is."""

import polars as pl

CORSICA = {"2A": "19", "2B": "18"}
_FORM = r"^[0-9]{5}(?:[0-9]{2}|2[AB])[0-9]{6}(?:[0-9]{2})?$"
LENGTH, KEYS = 13, 97


def read_nirs(texts: pl.Series) -> pl.Series:
    """The 13 characters of each well-formed NIR (blanks ignored, key checked if given); null for any other text.

    With and without its two-digit key a NIR gives the same 13 characters. Corsican places 2A and 2B count as
    19 and 18 in the key, which is 97 minus the number modulo 97.
    """
    numbers = texts.cast(pl.Int64, strict=False)
    # 15 digits whose key is right, which hardly any NIR is not
    plain = (texts.str.len_bytes() == LENGTH + 2) & (numbers >= 10 ** (LENGTH + 1)) & _keyed(numbers)
    plain = plain.zip_with(plain.is_not_null(), texts.is_null())
    found = texts.str.head(LENGTH)
    return found if plain.all() else found.scatter((~plain).arg_true(), _read_any(texts.filter(~plain)))


def _keyed(numbers: pl.Series) -> pl.Series:
    return numbers % 100 == KEYS - numbers // 100 % KEYS


def _read_any(texts: pl.Series) -> pl.Series:
    compact = texts.alias("nir").str.replace_all(r"\s", "") if texts.str.contains(r"\s").any() else texts.alias("nir")
    own, key = pl.col("nir").str.head(LENGTH), pl.col("nir").str.slice(LENGTH)
    digits = own  # in a text of the right form letters stand in the place alone
    for letters, number in CORSICA.items():
        digits = digits.str.replace(letters, number, literal=True)
    right = (key == "") | (key.cast(pl.Int64, strict=False) == KEYS - digits.cast(pl.Int64, strict=False) % KEYS)
    well_formed = pl.col("nir").str.contains(_FORM)
    return compact.to_frame().select(pl.when(well_formed & right).then(own).alias("nir"))["nir"]
