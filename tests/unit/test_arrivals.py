"""A delivery is picked up once it has wholly arrived, and once only."""

import os
from pathlib import Path

import pytest

from pipelines.operating import arrivals
from pipelines.operating.arrivals import Look, Watch, look
from schemas.outputs.vintages import MANIFEST, sha256
from tests.samples.vintages import manifest

TABLES = ("accompagnements", "actions", "soins")


class Sensor:
    """Looks at a raw folder every 30 seconds of a clock of its own, as the daemon does."""

    def __init__(self, raw: Path, marts: Path) -> None:
        self.raw, self.marts, self.cursor, self.clock = raw, marts, "", 1000.0

    def tick(self) -> Look:
        self.clock += 30
        found = look(self.raw, self.marts, Watch.read(self.cursor), self.clock)
        self.cursor = found.watch.write()
        return found

    def contents(self, ticks: int = 6) -> list[str]:
        """The contents asked to be read in some ticks."""
        return [found.content for found in (self.tick() for _ in range(ticks)) if found.content]


@pytest.fixture
def sensor(raw, tmp_path) -> Sensor:
    return Sensor(raw, tmp_path / "marts")


def deliver(raw: Path, day: str = "2025-01-20", tables: tuple[str, ...] = TABLES, text: str = "a;b\n") -> Path:
    folder = raw / "bali" / day
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    return folder


def publish(sensor: Sensor) -> None:
    """The current vintage is made from all that lies in the raw folder."""
    files = [
        (*p.relative_to(sensor.raw).parts[:1], "/".join(p.relative_to(sensor.raw).parts[1:-1]), p.name, sha256(p))
        for p in sorted(sensor.raw.rglob("*.csv"))
    ]
    home = sensor.marts / "millesimes" / "2025-02-01_10-00-00"
    home.mkdir(parents=True, exist_ok=True)
    (home / MANIFEST).write_text(manifest(home.name, inputs=files), encoding="utf-8")
    (sensor.marts / "courant").unlink(missing_ok=True)
    (sensor.marts / "courant").symlink_to(home)


def test_a_delivery_at_rest_is_picked_up_once(sensor):
    deliver(sensor.raw)
    assert [bool(sensor.tick().content) for _ in range(6)] == [False, False, True, False, False, False]


def test_nothing_is_picked_up_while_a_file_grows(sensor):
    folder = deliver(sensor.raw)
    with (folder / "actions.csv").open("a", encoding="utf-8") as stream:
        for _ in range(10):
            stream.write("x;y\n")
            stream.flush()
            assert not sensor.tick().content
    assert len(sensor.contents()) == 1


def test_a_file_that_is_rewritten_at_the_same_size_is_still_being_copied(sensor):
    folder = deliver(sensor.raw)
    for second in range(8):
        os.utime(folder / "soins.csv", (second, second))
        assert not sensor.tick().content


@pytest.mark.parametrize("name", ["soins.csv.part", "soins.csv.filepart", "~$soins.xlsx", "soins.tmp", ".~lock.soins"])
def test_the_names_of_copies_under_way_hold_everything_back(sensor, name):
    folder = deliver(sensor.raw)
    (folder / name).write_text("x", encoding="utf-8")
    assert sensor.contents() == []
    assert sensor.tick().why == f"copie en cours : bali/2025-01-20/{name}"
    (folder / name).unlink()
    assert len(sensor.contents()) == 1


def test_a_bali_delivery_without_one_of_its_tables_waits_for_it(sensor):
    deliver(sensor.raw, tables=("accompagnements", "soins"))
    assert sensor.contents() == []
    assert sensor.tick().why == "livraison bali/2025-01-20 incomplète : actions absent"
    deliver(sensor.raw, tables=("actions",))
    assert len(sensor.contents()) == 1


def test_another_delivery_that_is_half_copied_holds_back_one_that_is_whole(sensor):
    deliver(sensor.raw)
    growing = deliver(sensor.raw, "2025-01-21")
    for size in range(6):
        (growing / "soins.csv").write_text("x" * size, encoding="utf-8")
        assert not sensor.tick().content


def test_what_the_current_vintage_was_made_from_is_not_read_again(sensor):
    deliver(sensor.raw)
    publish(sensor)
    assert sensor.contents() == []
    os.utime(sensor.raw / "bali" / "2025-01-20" / "soins.csv")  # touched, not changed
    assert sensor.contents() == []
    assert sensor.tick().why == "rien de nouveau"


def test_a_corrected_file_is_read_again_under_another_name(sensor):
    deliver(sensor.raw)
    first = sensor.contents()
    publish(sensor)
    deliver(sensor.raw, tables=("soins",), text="c;d\n")
    second = sensor.contents()
    assert len(first) == len(second) == 1
    assert first != second


def test_a_delivery_that_is_taken_away_starts_nothing(sensor):
    deliver(sensor.raw)
    folder = deliver(sensor.raw, "2025-01-21")
    publish(sensor)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert sensor.contents() == []


def test_a_corrected_list_of_structures_is_read_again(sensor):
    deliver(sensor.raw)
    publish(sensor)
    (sensor.raw / "referentiels").mkdir()
    (sensor.raw / "referentiels" / "structures.csv").write_text("structure;alias\n", encoding="utf-8")
    assert len(sensor.contents()) == 1


def test_a_folder_of_another_name_is_read_once_so_that_its_refusal_is_told(sensor):
    deliver(sensor.raw, "janvier")
    assert len(sensor.contents()) == 1


def test_an_empty_folder_and_none_start_nothing(sensor, tmp_path):
    assert sensor.contents() == []
    assert Sensor(tmp_path / "rien", sensor.marts).contents() == []


def test_how_long_the_folder_must_rest_can_be_set(sensor, monkeypatch):
    monkeypatch.setenv(arrivals.VARIABLE, "0")
    deliver(sensor.raw)
    assert [bool(sensor.tick().content) for _ in range(3)] == [False, True, False]
