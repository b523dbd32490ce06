"""The menu section of the pages that are no slide: quality, checks of printed figures, vintages, definitions."""

from functools import partial

import streamlit as st

from dashboards.published import Edition
from dashboards.views import coherence, millesimes, qualite, reconciliation, reperes

SECTION = "Contrôles et repères"
VIEWS = (qualite, reconciliation, coherence, millesimes, reperes)
PATHS = frozenset(view.PATH for view in VIEWS)


def pages(edition: Edition) -> list[st.Page]:
    return [st.Page(partial(view.draw, edition), title=view.TITLE, url_path=view.PATH) for view in VIEWS]
