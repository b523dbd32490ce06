"""Who is looking, asked again at every run of a page: an identity provider vouches, the table of access decides."""

import time
from dataclasses import replace
from urllib.parse import urlsplit

import streamlit as st

from dashboards import formats
from dashboards.access import roles as access
from dashboards.access.roles import FULL, Access, Misconfigured

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
DEMONSTRATION = "Démonstration sur ce poste, sans contrôle d'accès."
NOT_HERE = (
    "Sans table d'accès, les tableaux de bord ne s'ouvrent que sur la machine qui les sert. "
    "Pour les servir à d'autres, nommez cette table dans ADASS_ACCES (docs/deploiement.md)."
)
NO_PROVIDER = "ADASS_ACCES est donnée, mais secrets.toml ne décrit pas de fournisseur d'identité (section [auth])."
WEAK = "Dans secrets.toml, cookie_secret doit compter 32 caractères au hasard, au moins."
NO_TABLE = "secrets.toml décrit un fournisseur d'identité, mais ADASS_ACCES ne nomme pas de table d'accès."
SIGNED = "identite"
HERE = "poste"  # whoever sits at this machine
SECRET = 32  # characters
TOKEN = 16  # characters that the address of a page must begin with, on a machine without table of access


class Anonymous(Exception):
    """Nobody has signed in."""


def whoever() -> Access:
    """The access of the person who looks. Raises Anonymous, Denied or Misconfigured."""
    st.session_state[SIGNED] = ""
    found = _whoever()
    st.session_state[SIGNED] = found.identity
    return found


def signature() -> str:
    """The identity of whoever was let in at this run; empty where nobody has to sign in."""
    return "" if demonstration() else str(st.session_state.get(SIGNED, ""))


def _whoever() -> Access:
    table, provider = access.configured(), _provider()
    if table is None:
        if provider is not None:
            raise Misconfigured(NO_TABLE)
        if not on_this_machine():
            raise Misconfigured(NOT_HERE)
        return replace(FULL, identity=HERE)
    if provider is None:
        raise Misconfigured(NO_PROVIDER)
    if len(str(provider.get("cookie_secret", ""))) < SECRET:
        raise Misconfigured(WEAK)
    directory = access.read(table)
    if not st.user.is_logged_in:
        raise Anonymous
    return directory.admit(st.user.to_dict(), time.time())


def demonstration() -> bool:
    """Whether everybody on this machine sees everything."""
    return access.configured() is None


def _provider() -> dict[str, object] | None:
    try:
        section = st.secrets.get("auth")
    except FileNotFoundError:
        return None
    return dict(section) if section else None


def on_this_machine() -> bool:
    """Whether the server listens to this machine alone, and the page was asked for on it by who was told its address."""
    headers = st.context.headers
    if not headers:  # no request at all: the page is run without a server
        return True
    if len(str(st.get_option("server.baseUrlPath") or "")) < TOKEN:  # what tells a proxy's request from ours
        return False
    if st.get_option("server.address") not in LOOPBACK or headers.get("X-Forwarded-For") or headers.get("Forwarded"):
        return False
    return urlsplit(f"//{headers.get('Host')}").hostname in LOOPBACK


def ask() -> None:
    """The page of whoever has not signed in."""
    st.markdown("# ADASS\n\nCes tableaux de bord s'ouvrent aux personnes habilitées.")
    st.button("Se connecter", on_click=st.login, type="primary")


def refuse(why: str) -> None:
    """The page of whoever may see nothing, who may try as somebody else."""
    st.markdown(f"# Accès refusé\n\n{formats.literal(why)}")
    st.button("Se connecter à nouveau", on_click=st.login)


def sign(reader: Access) -> None:
    """Who is signed in and with which role, below the menu."""
    with st.sidebar:
        if demonstration():
            st.caption(DEMONSTRATION)
        else:
            st.caption(f"{formats.literal(reader.identity)} · rôle {access.ROLES[reader.role]}")
            st.button("Se déconnecter", on_click=st.logout, type="tertiary")
