"""Drop files of another form, see how they would be read, correct it, and take the profile away."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import streamlit as st

from dashboards import formats
from dashboards.access import login
from dashboards.formats import NBSP
from dashboards.published import adopting
from dashboards.published.adopting import Adopted, Answer, Entry
from dashboards.published.reading import Edition
from dashboards.views import common
from dashboards.views.common import Column
from dashboards.web import page as web
from schemas.exports.declarations import Column as Exported
from schemas.exports.declarations import Table
from schemas.exports.kinds import Code, YesNo
from schemas.exports.sources import SOURCES

TITLE, PATH = "Adapter un export", "adapter"
ANSWERS, LAST, ROUND = "adapter_reponses", "adapter_dernier", "adapter_tour"
SURE, PROBABLE, UNKNOWN = "sure", "probable", "inconnue"
SAID = {SURE: "sûr", PROBABLE: "à confirmer", UNKNOWN: "inconnu"}
NONE, LEFT = "(aucune)", "(je ne sais pas)"
AGE = "age"
COLUMN, CODE = "colonne", "code"
WHAT = {
    "table": "table du fichier", "livraison": "jour de la livraison", "feuille": "feuille", "separateur": "séparateur",
    "encodage": "encodage", "lignes_sautees": "lignes avant l'en-tête", "lignes_exclues": "lignes exclues", "constante": "valeur constante",
    "date": "forme des dates", "large": "groupe de colonnes",
}  # fmt: skip
TYPED = ("livraison", "date", "encodage", "separateur", "constante", "lignes_sautees")  # any text may be the answer
OF_FILES = ("table", "livraison", "encodage", "separateur", "constante", "lignes_sautees", "feuille")
MEANT = {"oui": "oui", "non": "non", "vide": "rien"}
SHOWN = (
    Column("Quoi", words=True),
    Column("Dans le fichier", words=True),
    Column("Lu comme", words=True),
    Column("", words=True, marked=("à confirmer", "inconnu")),
)
DROP = "Déposez des fichiers, un classeur ou une archive"
STAYS = (
    "Tout est lu sur cette machine, dans un dossier effacé aussitôt. Aucun NIR, aucune date de naissance n'est montré."
)


def offered(edition: Edition) -> bool:
    """Whether this reader may drop files: it sees everything, and sits at the machine that reads them."""
    return edition.access.everything and login.on_this_machine()


def draw(edition: Edition, marts: Path) -> None:
    common.head(TITLE, "Comment vos fichiers se liraient, ce qui est douteux, et le profil à poser à côté d'eux")
    common.sentence(STAYS)
    dropped = st.file_uploader(DROP, accept_multiple_files=True, key="adapter_fichiers")
    if not dropped or not offered(edition):
        return
    files = [(one.name, one.getvalue()) for one in dropped]
    try:
        found = _adopted(files, marts)
    except adopting.Failed as error:
        common.nothing(str(error))
        return
    _verdict(found)
    _boxes(found)
    for preview in found.previews:
        _preview(preview)
    _all(found)
    st.download_button(
        "Enregistrer le profil", found.profile, adopting.PROFILE, "application/toml", on_click="ignore", type="primary"
    )
    common.foot(
        f"Posez {adopting.PROFILE} et ces fichiers dans le dossier des exports, puis lancez adass verifier et adass refresh."
    )


def _answers() -> dict[Answer, str | None]:
    answers: dict[Answer, str | None] = st.session_state.setdefault(ANSWERS, {})
    return answers


def _adopted(files: Sequence[tuple[str, bytes]], marts: Path) -> Adopted:
    """What is found of some files; asked again only where they or the answers have changed."""
    digest = hashlib.sha256()
    for name, content in files:
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    asked = (digest.hexdigest(), tuple(sorted(_answers().items(), key=str)))
    last = st.session_state.get(LAST)
    if last is None or last[0] != asked:
        with st.spinner("Lecture…"):
            last = (asked, adopting.adopt(files, _answers(), marts))
        st.session_state[LAST] = last
    found: Adopted = last[1]
    return found


# --- verdict ---


def _verdict(found: Adopted) -> None:
    counts = [(SAID[c], sum(e["confiance"] == c for e in found.entries)) for c in SAID]
    rows = sum(f["lignes_lues"] for f in found.verdict.get("fichiers", []))
    rejected = sum(f["lignes_rejetees"] for f in found.verdict.get("fichiers", []))
    figures = [(formats.nombre(n), f"{word}s" if n > 1 and word != SAID[PROBABLE] else word, "") for word, n in counts]
    common.counts([*figures, (formats.nombre(rows), "lignes lues", f"dont {formats.nombre(rejected)} rejetées")])
    if found.verdict.get("publiable"):
        common.sentence(f"Ce que dit adass verifier{NBSP}: serait publié.")
    else:
        common.sentence(f"Ce que dit adass verifier{NBSP}: serait refusé.")
        reasons = "".join(f"<li>{web.escape(reason)}</li>" for reason in found.verdict.get("refus", []))
        st.html(f'<ul class="adass-note">{reasons}</ul>')


# --- what is asked ---


def _boxes(found: Adopted) -> None:
    """A box for each header and each doubt; what is chosen there becomes an answer."""
    asked = [several for several in _together(found.entries) if _choices(several[0]) or several[0]["quoi"] in TYPED]
    doubts = [several for several in asked if several[0]["confiance"] != SURE]
    common.title(
        "À confirmer",
        f"{formats.counted(len(doubts), 'question', 'questions')} ; les autres réponses peuvent être corrigées.",
    )
    every = st.toggle("Corriger aussi ce qui est sûr", key="adapter_tout")
    shown = asked if every else doubts
    if not shown:
        return
    with st.form(f"adapter-{st.session_state.setdefault(ROUND, 0)}"):
        chosen = {}
        for place, several in enumerate(shown):
            chosen[place] = _box(several[0], place)
        sent = st.form_submit_button("Appliquer ces réponses", type="primary")
    if sent:
        for place, several in enumerate(shown):
            _take(several, chosen[place])
        st.session_state[ROUND] += 1
        st.rerun()


def _together(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Entries that are one question: the same of several files."""
    several: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        several.setdefault((*adopting.key(entry)[1:], entry["propose"]), []).append(entry)
    return iter(several.values())


def _box(entry: Entry, place: int) -> str:
    choices, typed = _choices(entry), entry["quoi"] in TYPED
    if typed and entry["propose"] is not None:
        choices = {str(entry["propose"]): str(entry["propose"])}
    proposed = str(entry["propose"]) if str(entry["propose"]) in choices else LEFT
    options = [
        *([] if entry["confiance"] == SURE else [LEFT]),
        *choices,
        *([] if typed or entry["quoi"] == "table" else [NONE]),
    ]
    about = (
        entry["fichier"]
        if entry["quoi"] in OF_FILES
        else entry["valeur"] or ("(vide)" if entry["quoi"] == CODE else "")
    )
    label = " · ".join(filter(None, [_what(entry), about, SAID[entry["confiance"]]]))
    return str(st.selectbox(
        formats.literal(label), options, options.index(proposed) if proposed in options else 0,
        format_func=lambda option: choices.get(option, option), accept_new_options=typed,
        key=f"adapter-{st.session_state[ROUND]}-{place}",
    ))  # fmt: skip


def _take(several: Sequence[Entry], chosen: str) -> None:
    """What was chosen, as an answer for each file; what is sure and left as it was is none."""
    proposed = several[0]["propose"]
    if chosen == LEFT or (several[0]["confiance"] == SURE and chosen == (proposed or NONE)):
        return
    _answers().update({adopting.key(entry): None if chosen == NONE else chosen for entry in several})


def _choices(entry: Entry) -> dict[str, str]:
    """What may be answered, with its words; nothing for what is not asked here."""
    if entry["quoi"] == "table":
        return {t.name: f"{t.name} ({s.label})" for s in SOURCES for t in s.tables}
    table = _table(entry["table"])
    if table and entry["quoi"] == COLUMN:
        return {c.name: c.header for c in table.exported} | (
            {AGE: "Âge à la saisine"} if any(c.age_at for c in table.columns) else {}
        )
    if table and entry["quoi"] == CODE:
        return _codes(table.column(entry["colonne"]))
    return {}


def _codes(column: Exported) -> dict[str, str]:
    if isinstance(column.kind, YesNo):
        return MEANT
    return {**column.kind.nomenclature, "vide": MEANT["vide"]} if isinstance(column.kind, Code) else {}


def _table(name: str | None) -> Table | None:
    source, _, own = (name or "").rpartition(".")
    return next((t for s in SOURCES if source in {"", s.name} for t in s.tables if t.name == own), None)


def _what(entry: Entry) -> str:
    table = _table(entry["table"])
    if entry["quoi"] == CODE and table:
        return table.column(entry["colonne"]).header
    named = WHAT.get(entry["quoi"], str(entry["quoi"]))
    return f"en-tête, {entry['table']}" if entry["quoi"] == COLUMN else f"{named} {entry['colonne']}".strip()


# --- what is shown ---


def _preview(preview: Mapping[str, object]) -> None:
    """Some rows of a file, as they stand and as they are read."""
    before, after = _filled(preview["avant"]), _filled(preview["apres"])
    if not after[1]:
        return
    common.title(f"{preview['table']}, avant et après", str(preview["fichier"]))
    common.table([Column(h, words=True) for h in before[0]], before[1], f"{preview['table']}, dans le fichier")
    common.table([Column(h, words=True) for h in after[0]], after[1], f"{preview['table']}, lu")


def _filled(side: object) -> tuple[list[str], list[list[str]]]:
    """The columns of which some cell is filled, and the rows with these alone."""
    if not isinstance(side, dict):
        return [], []
    kept = [at for at in range(len(side["colonnes"])) if any(row[at] for row in side["lignes"])]
    return [side["colonnes"][at] for at in kept], [[row[at] for at in kept] for row in side["lignes"]]


def _all(found: Adopted) -> None:
    rows = [
        [f"{_what(e)}\n{e['table'] or ''}", str(e["valeur"]), _read_as(e), SAID[e["confiance"]]]
        for several in _together(found.entries)
        for e in several[:1]
    ]
    common.title("Tout ce qui est proposé")
    export = common.grid([column.title or "Confiance" for column in SHOWN], rows)
    common.pages(SHOWN, rows, export, "propositions", "Propositions")


def _read_as(entry: Entry) -> str:
    proposed = entry["propose"]
    if proposed is None:
        return "—"
    when = ", ".join(f"{name} = {code}" for name, code in entry.get("si", {}).items())
    words = _choices(entry).get(str(proposed), str(proposed))
    return f"{words}\nsi {when}" if when else words
