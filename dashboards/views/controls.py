"""The menu section of the pages that are no slide: quality, checks of printed figures, vintages, definitions, free SQL."""

from functools import partial
from pathlib import Path

import streamlit as st

from dashboards.published.reading import Edition
from dashboards.views import adapter, coherence, millesimes, qualite, reconciliation, reperes, sql

SECTION = "Contrôles et repères"
CHECKS = (qualite, reconciliation, coherence, millesimes)  # they read lines or figures of every organisme
VIEWS = (*CHECKS, reperes)
PATHS = frozenset(view.PATH for view in (*VIEWS, sql, adapter))


def pages(edition: Edition, marts: Path) -> list[st.Page]:
    """The pages that this reader may open; the others do not exist for it."""
    views = VIEWS if edition.access.everything else tuple(v for v in VIEWS if v not in CHECKS)
    found = [st.Page(partial(view.draw, edition), title=view.TITLE, url_path=view.PATH) for view in views]
    if sql.offered(edition):
        found.append(st.Page(partial(sql.draw, edition, marts), title=sql.TITLE, url_path=sql.PATH))
    if adapter.offered(edition):
        found.append(st.Page(partial(adapter.draw, edition, marts), title=adapter.TITLE, url_path=adapter.PATH))
    return found
