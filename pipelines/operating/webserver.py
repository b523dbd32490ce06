"""Dagster's web interface, for whoever asks for it here: `python -m pipelines.operating.webserver`, options of dagster-webserver.

Dagster takes mutations from any page that a browser on this machine shows: a GET that launches a run, a POST with the
Origin of another site, a name that another site's owner lets point to this machine. Here such requests are refused.
"""

import os
from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from dagster_webserver import cli as webserver
from dagster_webserver.app import create_app_from_workspace_process_context as create
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

HOSTS = {"127.0.0.1", "localhost", "::1"}
VARIABLE = "ADASS_DAGSTER_HOTES"  # other names under which a proxy serves it, parted by commas
READS = {"GET", "HEAD"}


def hosts() -> set[str]:
    """The names under which the interface may be asked for."""
    return HOSTS | {name.strip() for name in os.environ.get(VARIABLE, "").split(",") if name.strip()}


class OwnPages:
    """Lets through what comes from the interface's own pages: its Host, its Origin where one is told, no GraphQL by GET."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or not (why := _refusal(scope)):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse(why, 403)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": why})


def _refusal(scope: Scope) -> str:
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    if urlsplit(f"//{host}").hostname not in hosts():
        return "Cette adresse n'est pas celle de Dagster."
    origin = headers.get("origin")
    if origin and urlsplit(origin).netloc != host:
        return "Une autre page ne commande pas Dagster."
    if scope["type"] == "http" and scope["path"].rstrip("/").endswith("/graphql") and scope["method"] in READS:
        return "GraphQL se demande par POST."
    return ""


def _guarded(create: Callable[..., Starlette]) -> Callable[..., Starlette]:
    @wraps(create)
    def made(*values: object, **options: object) -> Starlette:
        app = create(*values, **options)
        app.add_middleware(OwnPages)
        return app

    return made


def main() -> None:
    vars(webserver)[create.__name__] = _guarded(create)  # Dagster has no door for middleware
    webserver.cli()


if __name__ == "__main__":
    main()
