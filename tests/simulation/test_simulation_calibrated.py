"""The calibrated simulation: its figures are the published ones, as near as its scale lets them be."""

import shutil
from pathlib import Path

import pytest

from pipelines.errors import Refused
from pipelines.simulation.calibrated import simulate_published
from pipelines.simulation.detections import numbers
from pipelines.simulation.targets import SHIPPED, Interval, Targets, interval
from schemas.exports.rules import ALERTES, REJETS
from schemas.indicators.catalogue import BY_ID, EVOLUTION, NOMBRE
from schemas.outputs.vintages import sha256
from schemas.publications.printed import STRUCTURES, publications_folder
from tests.integration.conftest import reader

SCALE = 0.02
# a share of n people cannot be nearer than its counts; several rounded totals may each take one
STEPS = 4


@pytest.fixture(scope="module")
def targets() -> Targets:
    return Targets(SHIPPED)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    raw = tmp_path_factory.mktemp("calibre") / "raw"
    simulate_published(raw, seed=1, scale=SCALE)
    return raw


@pytest.fixture(scope="module")
def published(simulated, tmp_path_factory):
    from pipelines.refresh import refresh

    marts = tmp_path_factory.mktemp("calibre") / "marts"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADASS_CLE", "clé de test, sans valeur")
        refresh(simulated, marts, quiet=True)
    with reader(marts) as query:
        yield query


@pytest.fixture(scope="module")
def computed(published):
    rows = published(
        "SELECT indicateur, annee, territoire, public, modalite, valeur, denominateur FROM marts.indicateurs "
        "WHERE territoire IN ('FR', '311')"
    )
    return {tuple(r[:5]): (r[5], r[6]) for r in rows}


def value(computed, figure):
    """The computed figure (0 where a modalité has no row, as those that count none) and its base."""
    found = [
        computed.get((figure.indicateur, figure.annee, figure.territoire, figure.public, m), (0.0, None))
        for m in figure.modalite.split("+")
    ]
    bases = [base for _, base in found if base]
    place = (figure.indicateur, figure.annee, figure.territoire, figure.public)
    sisters = [base for key, (_, base) in computed.items() if key[:4] == place and base]
    return sum(v for v, _ in found), min(bases or sisters, default=None)


def aimed(targets, source):
    return [
        f for f in targets.figures
        if (f.publication, f.cle) not in targets.unmet and f.indicateur in BY_ID and BY_ID[f.indicateur].source == source
        and (source != "bali" or f.annee >= targets.year - 1)
    ]  # fmt: skip


def test_survey_and_action_sociale_are_met_exactly(targets, computed):
    wrong = {}
    for source in ("enquete", "action_sociale"):
        figures = aimed(targets, source)
        assert len(figures) > 50
        for figure in figures:
            found, room = value(computed, figure)[0], interval(figure)
            if not room.low - 1e-9 <= found <= room.high + 1e-9:
                wrong[figure.cle] = (figure.valeur, found)
    assert wrong == {}


def test_bali_is_met_as_near_as_its_scale_allows(targets, computed):
    wrong = {}
    figures = [f for f in aimed(targets, "bali") if not f.indicateur.startswith(STRUCTURES)]
    assert len(figures) > 200
    for figure in figures:
        found, base = value(computed, figure)
        room = interval(figure)
        unit = BY_ID[figure.indicateur].unit
        if unit == NOMBRE:
            room = Interval(room.low * SCALE - 1, room.high * SCALE + 1)
        elif unit in ("part", EVOLUTION):
            room = Interval(room.low - STEPS / base, room.high + STEPS / base)
        else:  # a mean in days
            room = Interval(room.low - 0.5, room.high + 0.5)
        if not room.low - 1e-9 <= found <= room.high + 1e-9:
            wrong[figure.cle] = (figure.valeur, found, base)
    assert wrong == {}


def test_first_structures_keep_their_size_and_rank(targets, published):
    rows = published(
        "SELECT structure, accompagnements FROM marts.structures WHERE annee = 2024 AND niveau = 'national' AND rang <= 10"
    )
    found = dict(rows)
    assert set(found) == {s.name for s in targets.structures}
    assert all(abs(found[s.name] - s.accompaniments * SCALE) <= 1 for s in targets.structures)


def test_every_rule_occurs(published):
    assert {r for (r,) in published("SELECT regle FROM controle.rejets")} == set(REJETS)
    assert {r for (r,) in published("SELECT regle FROM controle.alertes")} == set(ALERTES)


def test_years_and_territories(published):
    whole = "SELECT source, annee FROM ref.annees WHERE complete ORDER BY 1, 2"
    assert published(whole) == [
        ("action_sociale", 2021), ("action_sociale", 2022), ("bali", 2023), ("bali", 2024), ("enquete", 2023), ("enquete", 2024),
    ]  # fmt: skip
    assert published("SELECT COUNT(DISTINCT organisme) FROM detail.accompagnements") == [(107,)]
    stock = published(
        "SELECT COUNT(*) > 0, COUNT(date_cloture) = COUNT(*) FROM detail.accompagnements WHERE annee_detection < 2023"
    )
    assert stock == [(True, True)]


def test_correction_of_a_closed_year_wins(published):
    again = published(
        "SELECT SUM(lignes_remplacees) FROM controle.livraisons WHERE livraison = '2024-01-15' AND fichier = 'accompagnements.csv'"
    )
    open_then = published(
        "SELECT COUNT(*) FROM detail.accompagnements WHERE annee_detection < 2024 AND (annee_cloture = 2024 OR annee_cloture IS NULL)"
    )
    assert again[0][0] > open_then[0][0]


def test_same_seed_same_bytes(simulated, tmp_path):
    simulate_published(tmp_path / "same", seed=1, scale=SCALE)
    simulate_published(tmp_path / "other", seed=2, scale=SCALE)
    files = sorted(p.relative_to(simulated) for p in simulated.rglob("*.csv"))
    assert len(files) > 20
    digests = [[sha256(raw / f) for f in files] for raw in (simulated, tmp_path / "same", tmp_path / "other")]
    assert digests[0] == digests[1]
    same = {f.name for f, one, other in zip(files, digests[0], digests[2], strict=True) if one == other}
    assert same <= {"structures.csv", "dotations.csv"}


def test_saisines_agree_with_every_published_share(targets):
    found = numbers(targets, 1.0)
    last, before = found[2024], found[2023]
    external = targets.get("detections.part_externe", 2024)
    assert external.low <= last.external / last.saisines <= external.high
    evolution = targets.get("detections.evolution", 2024)
    assert evolution.low <= last.saisines / before.saisines - 1 <= evolution.high


def _other_year(folder: Path, change: tuple[str, str]) -> Path:
    """A copy of the shipped targets with publications of its own, one line of them changed."""
    shutil.copytree(SHIPPED, folder)
    shutil.copytree(publications_folder(), folder / "publications")
    path = folder / "publications" / "diaporama_adass_2024.csv"
    text = path.read_text(encoding="utf-8")
    assert text.count(change[0]) == 1
    path.write_text(text.replace(*change), encoding="utf-8")
    return folder


LINE = "profil.part_sexe;2023;national;FR;ensemble;H;=;part;"


def test_other_targets_are_another_file(tmp_path):
    path = publications_folder() / "diaporama_adass_2024.csv"
    [line] = [x for x in path.read_text(encoding="utf-8").splitlines() if LINE in x]
    start = line[: line.index(LINE)]
    folder = _other_year(tmp_path / "autre", (line, start + LINE + "0.40;0.005"))
    aims = Targets(folder)
    assert aims.get("profil.part_sexe", 2023, "ensemble", "H").middle == pytest.approx(0.40)


def test_targets_that_exclude_each_other_are_refused(tmp_path):
    folder = tmp_path / "autre"
    shutil.copytree(SHIPPED, folder)
    shutil.copytree(publications_folder(), folder / "publications")
    (folder / "publications" / "ecarts.csv").write_text("publication;cle;contredit;raison\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"profil.part_medecin_traitant.*ecarts\.csv"):
        _ = Targets(folder).aimed
