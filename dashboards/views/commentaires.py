"""The comments of a slide, under its figures, and the quiet form to write one."""

import sqlite3
from pathlib import Path
from urllib.parse import quote, unquote

import streamlit as st

from dashboards import formats
from dashboards.access import login
from dashboards.figures.view import View
from dashboards.formats import NBSP
from dashboards.published import comments
from dashboards.published.comments import LONGEST, LONGEST_NAME, Comment
from dashboards.slides.blocks import Slide
from dashboards.web import page as web

NAME = "commentaire_nom"  # what the reader last signed with, in this session and as a cookie of the browser
ROUND = "commentaire_tour"  # a form that was sent gives way to a new one, closed and empty
REFUSED = "commentaire_refus"
A_YEAR = 365 * 24 * 3600  # seconds
UNREADABLE = "Les commentaires ne peuvent pas être lus ou écrits."
VISIBLE = (
    "Lu par tous ceux qui ouvrent cette page, imprimé dans le diaporama. Ni donnée personnelle, ni petit effectif."
)


def author() -> str:
    """The name of the reader who is logged in; empty where nobody has to."""
    return login.signature()


def draw(marts: Path, slide: Slide, view: View) -> None:
    """The comments on a slide for the year, territory and public of a view; the form."""
    scope = view.subject.scope
    try:
        found = comments.of(marts, slide.id, scope.annee, scope.niveau, scope.territoire, scope.public)
    except sqlite3.Error:
        web.banner(UNREADABLE, "notice")
        return
    with st.container(key="commentaires", gap="small"):
        if found:
            st.html('<h2 class="adass-title">Commentaires</h2>')
        for comment in found:
            _comment(marts, comment, view)
        _form(marts, slide, view)


def _comment(marts: Path, comment: Comment, view: View) -> None:
    local = comment.written.astimezone()
    when = f"{formats.jour(local)} à {local.hour}{NBSP}h{NBSP}{local.minute:02d}"
    on = "" if comment.vintage == view.vintage.name else f", sur le millésime {comment.vintage}"
    st.html(
        f'<div class="adass-comment"><p class="by"><b>{web.escape(comment.author)}</b>, {web.escape(when + on)}</p>'
        f'<p class="text">{web.escape(comment.text)}</p></div>'
    )
    if _signature() == comment.author:
        st.button(
            "Retirer ce commentaire", key=f"retirer-{comment.id}", type="tertiary", on_click=_withdraw,
            args=(marts, comment.id),
        )  # fmt: skip


def _form(marts: Path, slide: Slide, view: View) -> None:
    turn = st.session_state.get(ROUND, 0)
    with (
        st.popover("Commenter cette page", type="tertiary", key=f"commenter-{turn}"),
        st.form(f"commentaire-{turn}", border=False, enter_to_submit=False),
    ):
        signed = author()
        if signed:
            st.html(f'<p class="adass-note">Signé {web.escape(signed)}.</p>')
        else:
            st.text_input("Votre nom", _signature(), LONGEST_NAME, key=f"nom-{turn}", autocomplete="name")
        st.text_area("Commentaire", max_chars=LONGEST, height=140, key=f"texte-{turn}")
        if refusal := st.session_state.get(REFUSED):
            st.html(f'<p class="adass-refused" role="alert">{web.escape(refusal)}</p>')
        st.html(f'<p class="adass-note">{web.escape(VISIBLE)}</p>')
        st.form_submit_button("Publier le commentaire", on_click=_keep, args=(marts, slide, view, turn))
    _remember()


def _signature() -> str:
    """Whom a comment is by: the reader who is logged in, else the name that this browser last signed with."""
    return author() or st.session_state.get(NAME) or unquote(st.context.cookies.get(NAME, ""))


def _keep(marts: Path, slide: Slide, view: View, turn: int) -> None:
    scope, state = view.subject.scope, st.session_state
    name = author() or state[f"nom-{turn}"]
    try:
        comments.add(
            marts, slide.id, scope.annee, scope.niveau, scope.territoire, scope.public, name, state[f"texte-{turn}"],
            view.vintage.name,
        )  # fmt: skip
    except (comments.Refused, sqlite3.Error, OSError) as error:
        state[REFUSED] = str(error) if isinstance(error, comments.Refused) else UNREADABLE
        return
    state.pop(REFUSED, None)
    state[NAME], state[ROUND] = " ".join(name.split()), turn + 1


def _withdraw(marts: Path, comment_id: int) -> None:
    comments.withdraw(marts, comment_id, _signature())


def _remember() -> None:
    """Keep the name in the browser, so that it is asked once."""
    name = st.session_state.get(NAME, "")
    if name and not author() and unquote(st.context.cookies.get(NAME, "")) != name:
        cookie = f"{NAME}={quote(name)}; max-age={A_YEAR}; path=/; samesite=strict"
        st.html(f'<script>document.cookie = "{cookie}"</script>', unsafe_allow_javascript=True)
