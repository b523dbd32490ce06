"""Whom Dagster's interface answers: its own pages, under its own names, and nobody by GET."""

import asyncio

import pytest

from pipelines.operating.webserver import VARIABLE, OwnPages

HERE = "127.0.0.1:3000"


def answered(kind: str, path: str, headers: dict[str, str], method: str = "GET") -> object:
    """The status of an answer, or what became of a socket; 200 where the request reached the application."""
    told: list[object] = []

    async def application(_scope, _receive, _send):
        told.append(200)

    async def send(message):
        told.append(message.get("status") or message["type"])

    scope = {
        "type": kind, "path": path, "method": method, "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in ({"host": HERE} | headers).items()],
    }  # fmt: skip
    asyncio.run(OwnPages(application)(scope, None, send))
    return told[0]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {}, 200),
        ("GET", "/", {"host": "localhost:3000"}, 200),
        ("GET", "/", {"host": "[::1]:3000"}, 200),
        ("GET", "/", {"host": "ailleurs.exemple.fr"}, 403),
        ("GET", "/", {"host": "127.0.0.1.exemple.fr:3000"}, 403),
        ("GET", "/", {"host": ""}, 403),
        ("GET", "/graphql", {}, 403),
        ("HEAD", "/graphql", {}, 403),
        ("GET", "/graphql/", {}, 403),
        ("GET", "/prefixe/graphql", {}, 403),
        ("POST", "/graphql", {}, 200),
        ("POST", "/graphql", {"origin": f"http://{HERE}"}, 200),
        ("POST", "/graphql", {"origin": "http://ailleurs.exemple.fr"}, 403),
        ("POST", "/graphql", {"origin": "http://127.0.0.1:8501"}, 403),
        ("POST", "/graphql", {"origin": "null"}, 403),
    ],
)
def test_it_answers_its_own_pages(method, path, headers, status):
    assert answered("http", path, headers, method) == status


def test_a_socket_of_another_page_is_closed():
    assert answered("websocket", "/graphql", {"origin": f"http://{HERE}"}) == 200
    assert answered("websocket", "/graphql", {"origin": "http://ailleurs.exemple.fr"}) == "websocket.close"
    assert answered("websocket", "/graphql", {"host": "ailleurs.exemple.fr"}) == "websocket.close"


def test_a_proxy_may_serve_it_under_another_name(monkeypatch):
    headers = {"host": "dagster.exemple.fr", "origin": "https://dagster.exemple.fr"}
    assert answered("http", "/graphql", headers, "POST") == 403
    monkeypatch.setenv(VARIABLE, "dagster.exemple.fr, autre.exemple.fr")
    assert answered("http", "/graphql", headers, "POST") == 200
