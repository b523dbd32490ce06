"""pandera, without PySpark: where that is installed pandera imports all of it, which takes seconds and warns."""

import os
import sys

_pyspark, _address = sys.modules.get("pyspark"), os.environ.get("SPARK_LOCAL_IP")
sys.modules["pyspark"] = None  # type: ignore[assignment]  # the way to say that a module is absent

import pandera.polars as pa  # noqa: E402 (while PySpark is hidden)

__all__ = ["pa"]

del sys.modules["pyspark"]
if _pyspark:
    sys.modules["pyspark"] = _pyspark
if _address is None:
    os.environ.pop("SPARK_LOCAL_IP", None)  # pandera sets it to this machine, which no cluster could then call back
