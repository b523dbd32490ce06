"""The version of the package, as installed."""

from importlib.metadata import version

VERSION = version("adass")
