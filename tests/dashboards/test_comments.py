"""Comments on slides: kept, read by place, withdrawn by their author, whatever is written and however many write."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.published import comments

HERE = ("A7", 2024, "region", "84", "ensemble")


def write(marts: Path, text: str = "Hausse à vérifier", author: str = "Camille Roux", place=HERE) -> None:
    comments.add(marts, *place, author, text, "2025-01-21")


def test_a_comment_is_kept_with_its_author_date_public_and_vintage(tmp_path):
    write(tmp_path, "Première ligne\nSeconde ligne")
    (found,) = comments.of(tmp_path, *HERE[:4])
    assert (found.author, found.text) == ("Camille Roux", "Première ligne\nSeconde ligne")
    assert (found.public, found.vintage) == ("ensemble", "2025-01-21")
    assert timedelta(0) <= datetime.now(UTC) - found.written < timedelta(minutes=1)


def test_comments_are_read_by_place_in_the_order_they_were_written(tmp_path):
    elsewhere = (("A8", *HERE[1:]), (HERE[0], 2023, *HERE[2:]), (*HERE[:2], "organisme", "84", HERE[4]))
    for text, place in (("un", HERE), *((f"ailleurs {i}", p) for i, p in enumerate(elsewhere)), ("deux", HERE)):
        write(tmp_path, text, place=place)
    write(tmp_path, "jeunes", place=(*HERE[:4], "jeunes"))
    assert [c.text for c in comments.of(tmp_path, *HERE)] == ["un", "deux"]
    assert [c.text for c in comments.of(tmp_path, *HERE[:4])] == ["un", "deux", "jeunes"]


def test_nothing_is_made_before_the_first_comment(tmp_path):
    assert comments.of(tmp_path, *HERE) == ()
    with pytest.raises(comments.Refused):
        write(tmp_path, "  ")
    assert list(tmp_path.iterdir()) == []


def test_only_the_author_withdraws_and_the_comment_stays_in_the_file(tmp_path):
    write(tmp_path)
    (comment,) = comments.of(tmp_path, *HERE)
    assert not comments.withdraw(tmp_path, comment.id, "Dominique Petit")
    assert comments.of(tmp_path, *HERE) == (comment,)
    assert comments.withdraw(tmp_path, comment.id, " Camille  Roux ")
    assert comments.of(tmp_path, *HERE) == ()
    assert not comments.withdraw(tmp_path, comment.id, "Camille Roux")
    with sqlite3.connect(tmp_path / comments.FILE) as con:
        assert con.execute("SELECT texte, retire_le IS NULL FROM commentaires").fetchall() == [("Hausse à vérifier", 0)]
    con.close()


@pytest.mark.parametrize(
    ("author", "text", "why"),
    [
        ("Camille", "", "Le commentaire est vide."),
        ("Camille", " \n\t\x00 ", "Le commentaire est vide."),
        ("Camille", "x" * 5_001, "Le commentaire dépasse 5000 caractères."),
        ("", "texte", "Écrivez votre nom."),
        ("x" * 81, "texte", "Le nom dépasse 80 caractères."),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(tmp_path, author, text, why):
    with pytest.raises(comments.Refused, match=why):
        write(tmp_path, text, author)


def test_the_longest_comment_is_kept_whole(tmp_path):
    write(tmp_path, "é" * 5_000)
    (found,) = comments.of(tmp_path, *HERE)
    assert found.text == "é" * 5_000


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return tmp_path_factory.mktemp("marts")


@given(text=st.text(st.characters(), max_size=200), name=st.text(st.characters(), max_size=60))
def test_any_text_is_refused_or_kept_as_plain_text(shared, text, name):
    before = len(comments.of(shared, *HERE))
    try:
        write(shared, text, name)
    except comments.Refused:
        assert len(comments.of(shared, *HERE)) == before
        return
    kept = comments.of(shared, *HERE)[-1]
    assert kept.text == kept.text.strip() != ""
    assert not any(ord(c) < 32 and c != "\n" for c in kept.text)
    assert not any(ord(c) < 32 for c in kept.author)
    kept.text.encode("utf-8")


def test_markup_and_sql_are_only_text(tmp_path):
    hostile = "<script>alert(1)</script> **gras** '); DROP TABLE commentaires; --"
    write(tmp_path, hostile)
    write(tmp_path, "suivant")
    assert [c.text for c in comments.of(tmp_path, *HERE)] == [hostile, "suivant"]


WRITER = """
import sys
from pathlib import Path
from dashboards.published import comments
for i in range(20):
    comments.add(Path(sys.argv[1]), "A7", 2024, "region", "84", "ensemble", sys.argv[2], f"{sys.argv[2]} {i}")
"""


def test_processes_and_threads_that_write_at_once_lose_nothing(tmp_path):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, tmp_path, f"processus {p}"]) for p in range(3)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: write(tmp_path, f"fil {i}", f"fil {i % 4}"), range(20)))
        seen = [len(comments.of(tmp_path, *HERE)) for _ in range(20)]
    assert [w.wait(60) for w in writers] == [0, 0, 0]
    assert seen == sorted(seen)  # nothing once read is ever missing
    found = comments.of(tmp_path, *HERE)
    assert len(found) == len({c.text for c in found}) == 80
    for p in range(3):
        own = [c.text for c in found if c.author == f"processus {p}"]
        assert own == [f"processus {p} {i}" for i in range(20)]
    assert {p.name.partition("-")[0] for p in tmp_path.iterdir()} == {comments.FILE}


def test_a_file_that_is_no_base_is_an_error_of_sqlite(tmp_path):
    (tmp_path / comments.FILE).write_bytes(b"autre chose" * 100)
    with pytest.raises(sqlite3.Error):
        comments.of(tmp_path, *HERE)
