"""The two keys: where they are, what they give, what a new one changes."""

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner

from pipelines.cli import main
from pipelines.errors import Refused
from pipelines.identity.secret import PIPELINE, PROJECT, Secrets, hashed, load_secrets
from pipelines.refresh import refresh
from tests.samples.exports import accompagnement, bali

KEYS = Secrets(b"a" * 32, b"b" * 32)
NIRS = ["1850578006084", "2540713999123"]


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """An account without any key."""
    for secret in (PIPELINE, PROJECT):
        monkeypatch.delenv(secret.variable)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def test_an_identifier_is_an_hmac_of_an_hmac_and_needs_both_keys():
    given = hashed(pl.Series([NIRS[0], None, NIRS[1], NIRS[0]]), KEYS).to_list()
    inner = hmac.new(KEYS.pipeline, NIRS[0].encode(), hashlib.sha256).digest()
    assert given[0] == given[3] == hmac.new(KEYS.project, inner, hashlib.sha256).digest()[:16]
    assert given[1] is None
    assert hashed(pl.Series([None, None], dtype=pl.String), KEYS).to_list() == [None, None]
    others = (Secrets(b"c" * 32, KEYS.project), Secrets(KEYS.pipeline, b"c" * 32), Secrets(KEYS.project, KEYS.pipeline))
    assert len({given[0], given[2], *(hashed(pl.Series(NIRS[:1]), k)[0] for k in others)}) == 5


def test_keys_never_show_and_are_told_apart_by_their_prints():
    assert "a" * 8 not in repr(KEYS) + str(KEYS.prints)
    assert len(set(KEYS.prints.values())) == 2


def test_each_key_is_made_once_in_a_file_of_its_own(home):
    first = load_secrets()
    assert load_secrets() == first
    assert first.pipeline != first.project
    for secret in (PIPELINE, PROJECT):
        assert secret.path.stat().st_mode & 0o777 == 0o600
        assert secret.path.is_relative_to(home / "config")


def test_one_key_for_both_stages_or_a_short_one_is_refused(home, monkeypatch):
    monkeypatch.setenv("ADASS_CLE", "x" * 20)
    monkeypatch.setenv("ADASS_CLE_PROJET", "x" * 20)
    with pytest.raises(Refused, match="différentes"):
        load_secrets()
    monkeypatch.setenv("ADASS_CLE_PROJET", "x" * 15)
    with pytest.raises(Refused, match="ADASS_CLE_PROJET : la clé doit compter au moins 16"):
        load_secrets()


def test_a_key_that_is_no_text_is_refused(home):
    load_secrets()
    PIPELINE.path.write_bytes(b"\xff" * 32)
    with pytest.raises(Refused, match="cle : la clé doit être un texte en UTF-8"):
        load_secrets()


def run(*words: str):
    return CliRunner().invoke(main, ["cle", *words])


def test_prints_are_told_and_keys_are_not(home):
    told = run("empreintes")
    assert told.exit_code == 0
    assert str(PROJECT.path) in told.output
    for secret in (PIPELINE, PROJECT):
        assert secret.path.read_text(encoding="ascii") not in told.output
        assert load_secrets().prints[secret.name] in told.output


def persons(path: Path) -> set[str]:
    with duckdb.connect(str(path), read_only=True) as con:
        return {p for (p,) in con.sql("SELECT DISTINCT id_personne FROM detail.accompagnements").fetchall()}


@pytest.mark.parametrize("which", ["projet", "chaine"])
def test_a_new_key_leaves_old_vintages_readable_and_their_persons_unmatched(home, raw, which):
    rows = [accompagnement(id_accompagnement=f"A{i}", nir=nir) for i, nir in enumerate((*NIRS, NIRS[0]))]
    bali(raw, "2025-01-20", accompagnements=rows)
    marts = home / "marts"
    refresh(raw, marts, quiet=True)
    old = (marts / "adass.duckdb").resolve()
    old_key, prints = (PROJECT if which == "projet" else PIPELINE).path.read_bytes(), load_secrets().prints

    assert run("renouveler", which).exit_code == 1  # nobody has confirmed
    assert load_secrets().prints == prints
    told = run("renouveler", which, "--oui")
    assert told.exit_code == 0
    kept = Path(told.output.split("gardée dans ")[1].split(" : ")[0])
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (old_key, 0o600)
    assert run("renouveler", which, "--oui").exit_code == 0  # twice in a day

    refresh(raw, marts, quiet=True)
    new = (marts / "adass.duckdb").resolve()
    assert len(persons(old)) == len(persons(new)) == 2
    assert not persons(old) & persons(new)
    before, after = (json.loads((p.parent / "manifeste.json").read_text(encoding="utf-8")) for p in (old, new))
    changed = {
        name for name, mark in before["empreintes_des_cles"].items() if after["empreintes_des_cles"][name] != mark
    }
    assert changed == {"projet" if which == "projet" else "chaîne"}
    assert before["empreintes_des_cles"] == prints


def test_a_key_given_by_the_environment_is_changed_there():
    told = run("renouveler", "projet", "--oui")
    assert told.exit_code == 1
    assert "ADASS_CLE_PROJET donne la clé" in told.output


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o644])
def test_a_key_that_others_may_read_is_refused(tmp_path, monkeypatch, mode):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv(PIPELINE.variable, raising=False)
    PIPELINE.load()
    PIPELINE.path.chmod(mode)
    with pytest.raises(Refused, match=r"cle : d'autres comptes peuvent lire cette clé"):
        PIPELINE.load()


def test_a_key_first_made_by_many_at_once_is_one(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv(PIPELINE.variable, raising=False)
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: PIPELINE.load(), range(64)))
    assert keys == {PIPELINE.path.read_bytes()}
    assert len(keys.pop()) == 64
    assert [p.name for p in PIPELINE.path.parent.iterdir()] == ["cle"]
