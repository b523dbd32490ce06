"""What the assistant says of files that a reader drops: asked of `adass adapter` in a process of its own, kept nowhere else."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEYS = ("ADASS_CLE", "ADASS_CLE_PROJET")  # of what is read here nothing is published: any keys will do
PATIENCE = 300  # seconds
PROFILE, ANSWERS, PROPOSED, SHOWN, VERDICT = (
    "profil.toml",
    "reponses.json",
    "propositions.json",
    "apercu.json",
    "verdict.json",
)

Entry = dict[str, Any]
Answer = tuple[str, str | None, str, str, str, str]  # fichier, table, quoi, colonne, valeur, si as JSON


class Failed(Exception):
    """The assistant could not read the files; the text says why, in French."""


@dataclass(frozen=True)
class Adopted:
    """The profile of some files, what it was made of, some rows before and after, and what `adass verifier` says."""

    profile: str
    entries: list[Entry]
    previews: list[dict[str, Any]]
    verdict: dict[str, Any] = field(default_factory=dict)


def key(entry: Mapping[str, Any]) -> Answer:
    """What an answer is about."""
    when = json.dumps(entry.get("si", {}), sort_keys=True, ensure_ascii=False)
    return (entry["fichier"], entry["table"], entry["quoi"], entry["colonne"], entry["valeur"], when)


def told(answers: Mapping[Answer, str | None]) -> list[Entry]:
    """Answers as `adass adapter --reponses` takes them."""
    names = ("fichier", "table", "quoi", "colonne", "valeur")
    return [
        {
            **dict(zip(names, about[:5], strict=True)),
            "propose": proposed,
            **({"si": when} if (when := json.loads(about[5])) else {}),
        }
        for about, proposed in answers.items()
    ]


def adopt(files: Sequence[tuple[str, bytes]], answers: Mapping[Answer, str | None], marts: Path) -> Adopted:
    """Read some files in a folder that is gone afterwards. Raises Failed."""
    with tempfile.TemporaryDirectory(prefix="adass-") as name:
        home = Path(name)
        raw = home / "exports"
        raw.mkdir()
        for file, content in files:
            (raw / Path(file).name).write_bytes(content)
        (home / ANSWERS).write_text(json.dumps(told(answers)), encoding="utf-8")
        given = ["--reponses", str(home / ANSWERS)] if answers else []
        profile = str(home / PROFILE)
        shown = ["--json", str(home / PROPOSED), "--apercu", str(home / SHOWN)]
        if _run("adapter", str(raw), "--profil", profile, "--sans-question", *given, *shown) != 0:
            raise Failed("Ces fichiers ne se lisent pas.")
        _run("verifier", "--raw", str(raw), "--profil", profile, "--marts", str(marts), "--json", str(home / VERDICT))
        found = [_read(home / name) for name in (PROPOSED, SHOWN)]
        text = (home / PROFILE).read_text(encoding="utf-8")
        return Adopted(text, found[0] or [], found[1] or [], _read(home / VERDICT) or {})


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _run(*words: str) -> int:
    environment = {**os.environ, **{name: secrets.token_hex(32) for name in KEYS}}
    command = [sys.executable, "-m", "pipelines.cli", *words]
    try:
        return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=PATIENCE).returncode
    except subprocess.TimeoutExpired as error:
        raise Failed(
            "La lecture de ces fichiers est trop longue ici : lancez « adass adapter » dans un terminal."
        ) from error
