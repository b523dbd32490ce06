"""Who sees what: the table of access, and the file that each figure comes from."""

import shutil
from itertools import product
from pathlib import Path

import pytest

from dashboards.access import roles as access
from dashboards.access.roles import Access, Denied, Misconfigured
from dashboards.published import reading as published
from dashboards.published.reading import DIFFUSION, Scope
from dashboards.sql import service
from schemas.outputs.vintages import MANIFEST
from schemas.publics import PUBLICS
from tests.samples.access import EXACT, LABELS, MARKS, publish_for_roles

READERS = {
    "national": Access("national"),
    "statisticien": Access("statisticien"),
    "regional": Access("regional", "region", "84"),
    "local": Access("local", "organisme", "011"),
    "diffusion": Access("diffusion"),
}
NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    return publish_for_roles(tmp_path_factory.mktemp("marts"))


def told(tmp_path: Path, text: str) -> access.Directory:
    path = tmp_path / "acces.toml"
    path.write_text(text, encoding="utf-8")
    return access.read(path)


# --- figures ---


@pytest.mark.parametrize("role", READERS)
def test_a_reader_has_its_own_territories_exactly_and_the_others_as_diffused(marts, role):
    edition = published.current(marts, access=READERS[role])
    for (niveau, code), public, year in product(LABELS, PUBLICS, (2023, 2024)):
        scope = Scope(year, niveau, code, public.code)
        cells = [c for by in published.cells(edition, scope).values() for c in by.values()]
        assert cells
        if niveau == "national":
            assert all(c.valeur is not None for c in cells)
        elif (niveau, code) in EXACT[role]:
            assert all(c.valeur is not None and not c.reason for c in cells)
            assert MARKS[niveau, code] in {c.numerateur for c in cells}
        else:
            assert {(c.valeur, c.numerateur, c.denominateur, c.reason) for c in cells} == {
                (None, None, None, published.PROTECTED)
            }
        shown = published.across(edition, ("detections.nombre",), year, niveau, public.code)[code]["detections.nombre"][
            ""
        ]
        assert shown == published.cells(edition, scope)["detections.nombre"][""]
        ranked = {s.accompagnements for s in published.structures(edition, scope)}
        expected = {MARKS[niveau, code]} if (niveau, code) in EXACT[role] else {None}
        assert ranked == expected or niveau == "national"


@pytest.mark.parametrize("role", READERS)
def test_a_free_query_of_the_pages_reads_the_whole_file_of_the_role(marts, role):
    edition = published.current(marts, access=READERS[role])
    found = {
        float(str(r["n"]))
        for r in published.query(
            edition,
            "SELECT DISTINCT numerateur AS n FROM marts.indicateurs "
            "WHERE niveau <> 'national' AND numerateur IS NOT NULL",
        )
    }
    assert found == (set(MARKS.values()) if READERS[role].everything else set())


def test_what_is_remembered_for_one_reader_is_not_served_to_another(marts):
    own, other = Scope(2024, "organisme", "011"), Scope(2024, "organisme", "691")
    for scope, role in ((own, "local"), (own, "diffusion"), (other, "regional"), (other, "local"), (own, "local")):
        edition = published.current(marts, access=READERS[role])
        exact = (scope.niveau, scope.territoire) in EXACT[role]
        assert (published.cells(edition, scope)["detections.nombre"][""].valeur is not None) == exact


def test_without_the_file_for_diffusion_a_partial_role_is_refused(marts, tmp_path):
    (tmp_path / "adass.duckdb").write_bytes((marts / "adass.duckdb").read_bytes())
    for role, reader in READERS.items():
        if reader.everything:
            assert published.current(tmp_path, access=reader)
        else:
            with pytest.raises(Denied, match="n'est pas publié"):
                published.current(tmp_path, access=reader)
        if role == "national":
            assert service.file(published.current(tmp_path, access=reader)) is None


def test_without_the_complete_file_everybody_reads_the_one_for_diffusion(marts, tmp_path):
    for name in (DIFFUSION, MANIFEST):
        (tmp_path / name).write_bytes((marts / "courant" / name).read_bytes())
    for reader in READERS.values():
        edition = published.current(tmp_path, access=reader)
        assert (edition.path.name, edition.exact) == (DIFFUSION, None)
        assert published.cells(edition, Scope(2024, "organisme", "011"))["detections.nombre"][""].valeur is None


@pytest.mark.parametrize("named", ["adass.duckdb", "autre.duckdb"])
def test_a_link_to_another_file_is_not_the_file_for_diffusion(marts, tmp_path, named):
    home = tmp_path / "millesimes" / "2025-01-21_10-00-00"
    shutil.copytree((marts / "courant").resolve(), home)
    (home / DIFFUSION).unlink()
    (home / "autre.duckdb").write_bytes((home / "adass.duckdb").read_bytes())
    (home / DIFFUSION).symlink_to(named)
    (tmp_path / "courant").symlink_to(home)
    for name in ("adass.duckdb", DIFFUSION):
        (tmp_path / name).symlink_to(Path("courant") / name)
    for role in ("local", "regional", "diffusion"):
        with pytest.raises(Denied, match="n'est pas publié"):
            published.current(tmp_path, access=READERS[role])
    assert service.file(published.current(tmp_path, access=READERS["national"])) is None


def test_a_file_for_diffusion_of_no_vintage_is_not_served(marts, tmp_path):
    (tmp_path / DIFFUSION).write_bytes((marts / DIFFUSION).read_bytes())
    assert published.current(tmp_path, access=READERS["diffusion"]) is None


@pytest.mark.parametrize("role", READERS)
def test_free_sql_reads_rows_for_a_statistician_alone(marts, role):
    file = service.file(published.current(marts, access=READERS[role]))
    assert file.name == ("adass.duckdb" if role == "statisticien" else DIFFUSION)


def test_both_files_of_a_reader_are_of_one_vintage(marts):
    edition = published.current(marts, access=READERS["local"])
    assert edition.exact.path.parent == edition.path.parent


def test_the_vintage_before_is_read_with_the_same_rights(marts, tmp_path):
    home = (marts / "courant").resolve()
    for name in ("2024-01-01_10-00-00", "2025-01-01_10-00-00"):
        shutil.copytree(home, tmp_path / "millesimes" / name)
    for role, reader in READERS.items():
        before = published.before(published.current(tmp_path, reader, "2025-01-01_10-00-00"))
        assert before.access == reader
        assert before.path.parent.name == "2024-01-01_10-00-00"
        cells = published.cells(before, Scope(2024, "organisme", "011"))
        assert (cells["detections.nombre"][""].valeur is not None) == (("organisme", "011") in EXACT[role])


def test_a_territory_that_does_not_exist_opens_nothing(marts):
    with pytest.raises(Denied, match="« 999 »"):
        published.ensure_known(published.current(marts, access=Access("local", "organisme", "999")))


# --- the table of access ---

TABLE = """
[session]
heures = 2
[personnes."Claire@exemple.fr"]
role = "regional"
territoire = "84"
[personnes.a1b2]
role = "national"
"""


def test_a_person_is_known_by_identifier_or_by_an_address_that_was_checked(tmp_path):
    directory = told(tmp_path, TABLE)
    claims = {"iat": NOW - 60, "sub": "zzz", "email": "claire@EXEMPLE.fr"}
    given = directory.admit({**claims, "email_verified": True}, NOW)
    assert (given.role, given.niveau, given.territoire, given.identity) == (
        "regional", "region", "84", "claire@exemple.fr",
    )  # fmt: skip
    assert directory.admit({"iat": NOW, "sub": "a1b2"}, NOW).role == "national"
    for unchecked in (claims, {**claims, "email_verified": False}, {**claims, "email_verified": "false"}):
        with pytest.raises(Denied, match="Aucun accès"):
            directory.admit(unchecked, NOW)


def test_an_identifier_that_looks_like_an_address_is_nobodys_address(tmp_path):
    directory = told(tmp_path, TABLE)
    for address in ("claire@exemple.fr", "CLAIRE@exemple.fr"):
        for checked in ({}, {"email": address}, {"email": "autre@exemple.fr", "email_verified": True}):
            with pytest.raises(Denied, match="Aucun accès"):
                directory.admit({"iat": NOW, "sub": address, **checked}, NOW)


@pytest.mark.parametrize(
    "claims",
    [{}, {"iat": NOW}, {"iat": NOW, "sub": ""}, {"iat": NOW, "sub": "A1B2"}, {"iat": NOW, "sub": "claire@exemple.fr "}],
)
def test_whoever_is_not_in_the_table_sees_nothing(tmp_path, claims):
    with pytest.raises(Denied):
        told(tmp_path, TABLE).admit(claims, NOW)


@pytest.mark.parametrize("issued", [None, "hier", NOW - 2 * 3600 - 1, NOW + access.SKEW + 1])
def test_a_session_ends(tmp_path, issued):
    directory = told(tmp_path, TABLE)
    assert directory.admit({"iat": NOW - 2 * 3600, "sub": "a1b2"}, NOW)
    with pytest.raises(Denied, match="expiré"):
        directory.admit({"iat": issued, "sub": "a1b2"}, NOW)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[personnes", "acces.toml"),
        ("[autre]", "section inconnue « autre »"),
        ("personnes = 3", "doit être une section"),
        ("[personnes]\na = 1", "« a » : il faut un rôle"),
        ("[personnes.a]", "rôle « None » inconnu ; rôles possibles : national, regional"),
        ('[personnes.a]\nrole = "chef"', "rôle « chef » inconnu"),
        ('[personnes.a]\nrole = "local"', "exige un territoire"),
        ('[personnes.a]\nrole = "national"\nterritoire = "84"', "n'a pas de territoire"),
        ('[personnes.a]\nrole = "local"\nterritoire = 11', "entre guillemets"),
        ('[personnes.a]\nrole = "local"\nregion = "84"', "clé inconnue « region »"),
        (
            '[personnes."A@b.fr"]\nrole = "national"\n[personnes."a@b.fr"]\nrole = "local"\nterritoire = "011"',
            "déjà donné",
        ),
        ("[session]\nheures = 25", "24 au plus"),
        ("[session]\nheures = true", "24 au plus"),
        ("session = 8", "24 au plus"),
    ],
)
def test_a_table_that_is_wrong_opens_nothing_and_says_why(tmp_path, text, problem):
    with pytest.raises(Misconfigured, match=problem):
        told(tmp_path, text)


def test_a_table_that_is_absent_opens_nothing(tmp_path):
    with pytest.raises(Misconfigured, match="illisible"):
        access.read(tmp_path / "acces.toml")
