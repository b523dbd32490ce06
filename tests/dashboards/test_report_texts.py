"""What analysts write of a report: on every run, of the years and territories named, told where it no longer fits."""

import io
import os

import pytest
from click.testing import CliRunner
from pptx import Presentation

from dashboards.content import outline
from dashboards.deck import kept, pages, report, sheets, texts
from dashboards.published import reading as published
from tests.samples.dashboard import DELIVERED, publish


@pytest.fixture(scope="module")
def marts(tmp_path_factory):
    return publish(tmp_path_factory.mktemp("marts"))


@pytest.fixture(autouse=True)
def open_gate(monkeypatch):
    monkeypatch.setattr("dashboards.revisions.gate.CHECKS", ())


@pytest.fixture
def run(marts, tmp_path):
    def run(*options):
        options = ["--marts", str(marts), "--out", str(tmp_path / "r"), "--format", "pptx", *options]
        return CliRunner().invoke(report.main, options)

    (tmp_path / "r").mkdir()
    return run


def written(tmp_path, text):
    path = tmp_path / "textes.toml"
    path.write_text(text, encoding="utf-8")
    return texts.read(path)


def report_of(marts, code="FR", annee=2024):
    edition = published.current(marts)
    return outline.of(edition, annee, next(t for t in published.territories(edition) if t.code == code))


def titles(made):
    deck = Presentation(io.BytesIO(pages.of(made)))
    return [slide.shapes.title.text_frame.text for slide in deck.slides]


def test_titles_sentences_order_and_slides_of_words(marts, tmp_path):
    told = written(
        tmp_path,
        """
        [[texte]]
        diapositive = "A7"
        titre = "Neuf clôtures sur dix"
        analyse = "Une année d'installation."
        apres = "A1"

        [[texte]]
        diapositive = "A2"
        masquee = true

        [[ajout]]
        apres = "B"
        titre = "Ce que nous retenons"
        texte = "Un premier point.\\n\\nUn second point."
        """,
    )
    made, said = texts.applied(report_of(marts), told)
    assert said == ()
    shown = [page.slide.id for page in made.pages]
    assert shown[:3] == ["A1", "A7", "A3"]
    assert "A2" not in shown
    deck = Presentation(io.BytesIO(pages.of(made)))
    words = [[s.text_frame.text for s in slide.shapes if s.has_text_frame] for slide in deck.slides]
    assert "Neuf clôtures sur dix" in words[3] and "Une année d'installation." in words[3][3:] + words[3]
    extra = next(w for w in words if "Ce que nous retenons" in w)
    assert any("Un premier point." in text for text in extra) and any("Un second point." in text for text in extra)
    assert sheets.of_report(made)


def test_the_most_precise_text_is_taken(marts, tmp_path):
    told = written(
        tmp_path,
        f"""
        [[texte]]
        diapositive = "A7"
        annee = 2024
        titre = "De l'année"

        [[texte]]
        diapositive = "A7"
        titre = "De toujours"
        analyse = "Analyse de toujours."

        [[texte]]
        diapositive = "A7"
        territoire = "{DELIVERED}"
        titre = "De la caisse"
        """,
    )

    def headline(code, annee):
        made, _ = texts.applied(report_of(marts, code, annee), told)
        page = next(p for p in made.pages if p.slide.id == "A7")
        assert page.slide.sentences[-1](page.view) == "Analyse de toujours."
        return page.slide.headline(page.view)

    assert headline("FR", 2023) == "De toujours"
    assert headline("FR", 2024) == "De l'année"
    assert headline(DELIVERED, 2024) == "De la caisse"


def test_a_number_that_is_no_figure_any_more_is_named(marts, tmp_path):
    page = next(p for p in report_of(marts).pages if p.slide.id == "A7")
    count = page.view.subject("clotures.nombre").valeur
    share = page.view.subject("clotures.taux_succes").valeur
    good = f"{count:,.0f}".replace(",", " ") + f" clôtures, {share * 100:.0f} % de succès"

    def said(text, apart=""):
        told = f'[[texte]]\ndiapositive = "A7"\nanalyse = "{text}"\n{apart}'
        return texts.applied(report_of(marts), written(tmp_path, told))[1]

    assert said(good) == ()
    assert said("Le seuil de 987 654 est loin.") == ("A7 : à relire, « 987 654 » ne se trouve plus parmi les chiffres",)
    assert "« 3,21 % »" in said(f"{good}, soit 3,21 %")[0]
    assert said("Le seuil de 987 654 est loin.", 'hors_chiffres = ["987 654"]') == ()


def test_a_rerun_takes_the_texts_again_and_says_first_what_to_read(run, tmp_path):
    (tmp_path / "r" / "textes.toml").write_text(
        '[[texte]]\ndiapositive = "A7"\ntitre = "Plus de 987 654"\n', encoding="utf-8"
    )
    for annee in ("2023", "2024"):
        done = run("--annee", annee)
        assert done.exit_code == 0, done.output
        assert "A7 : à relire, « 987 654 »" in done.stderr
        deck = Presentation(str(tmp_path / "r" / f"adass_{annee}_national.pptx"))
        assert "Plus de 987 654" in [s.shapes.title.text_frame.text for s in deck.slides]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f'[[ajout]]\napres = "B"\ntitre = "x"\ntexte = "{"mot " * 400}"', "« texte » a plus de 1200 caractères"),
        (
            '[[texte]]\ndiapositive = "A7"\ntitere = "x"',
            "[[texte]] n° 1 : « titere » est inconnu ; le plus proche : titre",
        ),
        ('[[textes]]\ndiapositive = "A7"', "« textes » est inconnu ; le plus proche : texte"),
        ('[[texte]]\ndiapositive = "A77"', "« A77 » n'est pas une diapositive ; le plus proche : A7"),
        ('[[texte]]\ntitre = "x"', "il manque « diapositive »"),
        ('[[ajout]]\napres = "B"\ntitre = "x"', "il manque « texte »"),
        ('[[texte]]\ndiapositive = "A7"\nannee = "2024"', "« annee » est un nombre entier"),
        ('[[texte]]\ndiapositive = "A7"\nmasquee = "oui"', "« masquee » vaut true ou false"),
        ('[[texte]]\ndiapositive = "A7"\ntitre = ""', "« titre » est un texte"),
        ('[texte]\ndiapositive = "A7"', "« texte » s'écrit [[texte]]"),
        ("[[texte]\n", "ce n'est pas du TOML, ligne 1"),
        (
            '[[texte]]\ndiapositive = "A7"\nterritoire = "0111"',
            "territoire = « 0111 » est inconnu ; le plus proche : 011",
        ),
    ],
)
def test_what_is_not_known_is_refused_before_anything_is_written(run, tmp_path, text, words):
    (tmp_path / "r" / "textes.toml").write_text(text, encoding="utf-8")
    done = run()
    assert done.exit_code == 1
    assert words in done.stderr
    assert [p.name for p in (tmp_path / "r").iterdir()] == ["textes.toml"]


def test_a_named_file_must_be_there(run):
    done = run("--textes", "absent.toml")
    assert done.exit_code == 1
    assert "absent.toml" in done.stderr


def test_a_text_about_what_is_not_in_a_report_is_told(marts, tmp_path):
    told = written(tmp_path, '[[ajout]]\napres = "L1"\ntitre = "Ailleurs"\ntexte = "Des mots."\n')
    made, said = texts.applied(report_of(marts), told)
    assert said == ("« Ailleurs » : L1 n'est pas dans ce rapport, la diapositive va à la fin de la partie",)
    assert made.pages[-1].slide.title == "Ailleurs"


def test_a_deck_edited_by_hand_is_kept(run, tmp_path):
    name = tmp_path / "r" / "adass_2024_national.pptx"
    assert run().exit_code == 0
    assert not kept.edited(name)
    assert "modifié" not in run().output  # nobody touched it
    deck = Presentation(str(name))
    deck.slides[1].shapes.title.text = "Mes mots"
    deck.save(str(name))
    assert kept.edited(name)
    done = run()
    assert done.exit_code == 0
    (aside,) = name.parent.glob("adass_2024_national_modifie_*.pptx")
    assert (
        f"{name.name} a été modifié à la main (ou écrit par une autre version) : il est gardé dans {aside.name}"
        in done.stderr
    )
    assert Presentation(str(aside)).slides[1].shapes.title.text == "Mes mots"
    assert not kept.edited(name)
    assert "modifié" not in run().output


def test_a_second_edition_of_the_same_second_is_kept_too(tmp_path):
    path = tmp_path / "adass.pptx"
    for content in (b"one", b"two"):
        path.write_bytes(content)
        assert kept.edited(path)

        os.utime(path, (0, 0))
        kept.set_aside(path)
    assert sorted(p.read_bytes() for p in tmp_path.iterdir()) == [b"one", b"two"]
