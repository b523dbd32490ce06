"""Which engine a refresh starts, and what it needs on this machine."""

import importlib.util
import os
import re
import shutil
import subprocess

from pipelines.computing.engine import Start
from pipelines.errors import Refused

JAVA = 17
MASTER = re.compile(r"local(\[(\d+|\*)\])?|spark://.+|yarn|k8s://.+")


def spark_on(master: str) -> Start:
    """The Spark engine on a master; raises Refused at once where Spark cannot run here."""
    if not MASTER.fullmatch(master):
        raise Refused(f"--master {master} : local[2], spark://hôte:7077, yarn ou k8s://hôte:port est attendu")
    for name in ("pyspark", "sqlglot"):
        if importlib.util.find_spec(name) is None:
            raise Refused(f"le moteur Spark demande {name}, qui n'est pas installé (docs/spark.md dit comment)")
    _check_java()
    from pipelines.computing.spark import Spark

    return lambda con, folder: Spark(con, folder, master)


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    wanted = f"le moteur Spark demande Java {JAVA} ou plus récent"
    if java is None:
        raise Refused(f"{wanted}, qui n'est pas installé (docs/spark.md dit comment)")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if not found or int(found[1]) < JAVA:
        raise Refused(f"{wanted} ; {java} dit : {said.strip().splitlines()[0] if said.strip() else 'rien'}")
