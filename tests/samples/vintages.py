"""Manifests of vintages, as a refresh writes them."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from schemas.outputs.vintages import DIFFUSION, FILE, MANIFEST, sha256
from tests.samples.dashboard import publish

Delivered = tuple[str, str, str, str]  # source, livraison, fichier, sha256


def manifest(
    name: str, inputs: Iterable[Delivered] = (), home: Path | None = None, references: Mapping[str, str] | None = None,
    adass: str = "0.1.0", **more: object,
) -> str:  # fmt: skip
    """The text of a manifest; it names the published file of `home` where that is given."""
    files = [] if home is None else [p for name in (FILE, DIFFUSION) if (p := home / name).exists()]
    return json.dumps(
        {
            "millesime": name,
            "cree_le": f"{name[:10]}T{name[11:19].replace('-', ':')}Z",
            "synthetique": False,
            "versions": {"adass": adass},
            "entrees": [
                {
                    "source": source, "livraison": livraison, "fichier": fichier, "octets": 1, "sha256": digest,
                    "lignes_lues": 2, "lignes_acceptees": 1, "lignes_rejetees": 1, "lignes_remplacees": 0,
                }
                for source, livraison, fichier, digest in inputs
            ],
            "referentiels": [
                {"fichier": fichier, "octets": 1, "sha256": digest} for fichier, digest in (references or {}).items()
            ],
            "fichiers": [{"nom": f.name, "octets": f.stat().st_size, "sha256": sha256(f)} for f in files],
            **more,
        }
    )  # fmt: skip


def publish_vintage(
    marts: Path, name: str, growth: float = 1.0, inputs: Iterable[Delivered] = (), **more: object
) -> Path:  # fmt: skip
    """Publish a vintage of `dashboard_sample` with its manifest; returns its folder."""
    home = publish(marts, name, growth=growth).joinpath("millesimes", name)
    (home / MANIFEST).write_text(manifest(name, inputs=inputs, home=home, **more), encoding="utf-8")
    return home


def change(home: Path, sql: str) -> None:
    """Change the published file of a vintage, and its manifest with it."""
    with duckdb.connect(str(home / FILE)) as con:
        con.execute(sql)
    content = json.loads((home / MANIFEST).read_text(encoding="utf-8"))
    content["fichiers"] = [{"nom": FILE, "octets": (home / FILE).stat().st_size, "sha256": sha256(home / FILE)}]
    (home / MANIFEST).write_text(json.dumps(content), encoding="utf-8")
