"""Exports of another form, and their reading profiles, that are damaged: read with an exact balance or refused in words."""

import json
import re
from pathlib import Path
from random import Random

import pytest

from pipelines.adoption.adapter import Adaptation, found_at
from pipelines.adoption.entries import read_entries
from pipelines.adoption.profile import parsed
from pipelines.errors import Refused
from pipelines.operating.verifying import verify
from tests.faults import damage
from tests.faults.conftest import Tally, times
from tests.samples.foreign.layouts import layout
from tests.samples.foreign.writing import contract, write

LAYOUTS = (0, 3, 4)  # drawn so that texts, workbooks and archives are among them
NUMBER_OF_A_PERSON = re.compile(r"(?<!\d)[12]\d{12}(\d\d)?(?!\d)")


@pytest.fixture(scope="module", params=LAYOUTS)
def foreign(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A raw folder of another layout, and the right profile of it."""
    folder = tmp_path_factory.mktemp("autre")
    truth = write(folder / "raw", contract(folder / "conforme", accompaniments=60), layout(request.param))
    answers = folder / "reponses.json"
    answers.write_text(json.dumps(truth), encoding="utf-8")
    adaptation = Adaptation(found_at([folder / "raw"]), folder / "profil.toml")
    adaptation.answer(read_entries(answers))
    adaptation.propose()
    adaptation.write()
    return folder / "raw", folder / "profil.toml"


def of_rows(raw: Path) -> list[Path]:
    return sorted(path for path in raw.rglob("*") if path.is_file() and "referentiels" not in path.parts)


def judged(raw: Path, marts: Path, profile: Path, tally: Tally) -> None:
    """Whatever was done to the files: a verdict in words in which no person stands, and every row accounted for."""
    tally.tried += 1
    verdict = verify(raw, marts, profile=profile)
    said = json.dumps(verdict.as_json(), ensure_ascii=False)
    assert NUMBER_OF_A_PERSON.search(said.replace(" ", "")) is None
    assert not re.search(r"Traceback|Error\b|Exception", said)
    lost = [
        f"{f.fichier} {f.table}"
        for f in verdict.fichiers
        if f.lignes_lues != f.lignes_acceptees + f.lignes_rejetees + f.lignes_remplacees
    ]
    assert lost == []
    tally.count("read" if verdict.publiable else "refused")
    tally.survived += 1


def test_the_right_profile_reads_everything(foreign, tmp_path, tally):
    raw, profile = foreign
    verdict = verify(raw, tmp_path, profile=profile)
    assert verdict.publiable, verdict.refus
    assert sum(f.lignes_acceptees for f in verdict.fichiers) > 100


def test_a_damaged_file_is_read_to_the_row_or_refused_in_words(foreign, tmp_path, tally):
    raw, profile = foreign
    for seed in range(times(3, 150)):
        random = Random(seed)
        path = random.choice(of_rows(raw))
        whole = path.read_bytes()
        data = whole
        for _ in range(random.choice([1, 1, 3])):
            data = random.choice(damage.BYTES)(data or b"x", random)
        try:
            path.write_bytes(data)
            judged(raw, tmp_path, profile, tally)
        except BaseException as error:
            error.add_note(f"seed {seed}: {path.name}")
            raise
        finally:
            path.write_bytes(whole)


def test_a_damaged_profile_is_read_or_refused_in_words(foreign, tally):
    _, profile = foreign
    text = profile.read_text(encoding="utf-8")
    for seed in range(times(200, 5_000)):
        random = Random(seed)
        tally.tried += 1
        try:
            parsed(profile, _another(text, random))
        except Refused as refusal:
            assert str(refusal).startswith(f"{profile.name} : "), seed
            assert "Expected" not in str(refusal)
            assert len(str(refusal)) < 2_000, seed
            tally.count("refused")
        else:
            tally.count("read")
        tally.survived += 1


def test_files_are_judged_by_a_profile_that_was_changed(foreign, tmp_path, tally):
    raw, profile = foreign
    text = profile.read_text(encoding="utf-8")
    changed = tmp_path / "profil.toml"
    for seed in range(times(3, 100)):
        changed.write_text(_another(text, Random(seed)), encoding="utf-8")
        judged(raw, tmp_path / "marts", changed, tally)


def _another(text: str, random: Random) -> str:
    """A profile some lines of which are gone, come twice, have another value or moved to another place."""
    lines = text.split("\n")
    for _ in range(random.choice([1, 2, 4])):
        at = random.randrange(len(lines))
        match random.randrange(5):
            case 0:
                del lines[at]
            case 1:
                lines.insert(random.randrange(len(lines)), lines[at])
            case 2:
                lines[at] = re.sub(
                    r'"[^"]*"|\d+', random.choice(['"x"', "3", "[]", "true", '"{n}"', "{ si = 1 }"]), lines[at], count=1
                )
            case 3:
                other = random.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case _:
                lines[at] = lines[at].replace(
                    *random.choice([("=", ""), ("[", "[["), ("%", "%%"), ("e", "é"), ('"', "'")])
                )
    return "\n".join(lines)
