"""The dashboards behind nginx, with the configuration that is given."""

import getpass
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

import pytest
import streamlit

from dashboards import launch
from tests.samples.access import LABELS, MARKS, publish_for_roles
from tests.samples.serving import served
from tests.samples.signing import Watched, cookie, secrets, settled

NGINX = next((p for p in ("/usr/sbin/nginx", shutil.which("nginx") or "") if Path(p).is_file()), "")
CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (NGINX and shutil.which("openssl")), reason="nginx is absent: `.ci/run` installs it"),
]


class Stay(HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


UNCHECKED = ssl.create_default_context()
UNCHECKED.check_hostname, UNCHECKED.verify_mode = False, ssl.CERT_NONE
OPENER = build_opener(Stay, HTTPSHandler(context=UNCHECKED))


def asked(url: str, method: str = "GET", data: bytes | None = None) -> tuple[int, dict[str, str]]:
    """The status and the headers of an answer."""
    try:
        with OPENER.open(Request(url, method=method, data=data), timeout=20) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}
    except HTTPError as error:
        return error.code, {k.lower(): v for k, v in error.headers.items()}


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> Iterator[dict[str, str]]:
    """nginx in clear and under TLS, and the server behind it, without any identity provider."""
    home = tmp_path_factory.mktemp("nginx")
    clear, tls, behind = launch.free_port(), launch.free_port(), launch.free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-keyout", home / "cle.pem", "-out", home / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    site = CONFIGURATION.read_text(encoding="utf-8")
    for given, ours in (
        ("listen 80", f"listen 127.0.0.1:{clear}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{tls} ssl"),
        ("server_name adass.exemple.fr;", "server_name localhost;"),
        ("/etc/ssl/adass", str(home)),
        ("http://127.0.0.1:8501", f"http://127.0.0.1:{behind}"),
    ):
        assert given in site
        site = site.replace(given, ours)
    temporary = "".join(
        f"{name}_temp_path {home}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (home / "nginx.conf").write_text(
        # what a slow reader leaves waits in a folder that the account of these tests alone may enter
        f"user {getpass.getuser()}; daemon off; pid {home}/pid; error_log {home}/erreurs; worker_processes 1; events {{}}\n"
        f"http {{ access_log off; types {{ text/html html; }} {temporary}\n{site} }}\n",
        encoding="utf-8",
    )
    table = home / "acces.toml"
    table.write_text('[personnes."national@exemple.fr"]\nrole = "local"\nterritoire = "011"\n', encoding="utf-8")
    origin = f"https://localhost:{tls}"
    account = secrets(tmp_path_factory.mktemp("compte"), origin, "http://127.0.0.1:9")
    marts = publish_for_roles(tmp_path_factory.mktemp("marts"))
    with (
        served(marts, behind, account, ADASS_ACCES=str(table)) as server,
        subprocess.Popen([NGINX, "-c", home / "nginx.conf", "-p", home, "-e", home / "erreurs"]) as process,
    ):
        try:
            for _ in range(200):
                try:
                    asked(origin)
                    break
                except URLError:
                    time.sleep(0.05)
            yield {"clear": f"http://127.0.0.1:{clear}", "origin": origin, "server": server}
        finally:
            process.terminate()
            process.wait(30)


def test_in_clear_it_only_leads_to_tls(places):
    status, headers = asked(f"{places['clear'].replace('127.0.0.1', 'localhost')}/a1?annee=2024")
    assert (status, headers["location"]) == (301, "https://adass.exemple.fr/a1?annee=2024")


def test_a_name_that_is_not_ours_is_not_answered(places):
    with pytest.raises((URLError, ConnectionError, HTTPException)):
        asked(f"{places['clear']}/a1")
    with pytest.raises((URLError, ConnectionError, HTTPException)):
        asked(f"{places['origin'].replace('localhost', '127.0.0.1')}/a1")


def test_every_answer_carries_the_headers_and_no_version(places):
    for path in ("/", "/_stcore/health", "/_stcore/metrics", "/absente.js"):
        _, headers = asked(places["origin"] + path)
        assert headers["strict-transport-security"].startswith("max-age=63072000")
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["server"] == "nginx"
        assert all("secure" in c.lower() for c in [headers.get("set-cookie", "secure")])


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/_stcore/health", "GET", 200),
        ("/_stcore/metrics", "GET", 404),
        ("/_stcore/script-health-check", "GET", 404),
        ("/_stcore/upload_file/a/b", "PUT", 404),
        ("/_stcore/agent/interact", "POST", 404),
        ("/_stcore/agent/openapi.json", "GET", 404),
        ("/component/x/index.html", "GET", 404),
        ("/app/static/x", "GET", 404),
        ("/", "POST", 405),
        ("/a1", "DELETE", 405),
    ],
)
def test_only_what_the_pages_use_is_served(places, path, method, status):
    assert asked(places["origin"] + path, method)[0] == status


def test_a_large_body_is_refused(places):
    assert asked(places["origin"] + "/", "POST", b"x" * 100_000)[0] == 413


def test_old_tls_is_refused(places):
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with build_opener(HTTPSHandler(context=old)).open(places["origin"], timeout=20) as answer:
        assert answer.status == 200
    told = subprocess.run(
        ["openssl", "s_client", "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0", "-connect", places["origin"][8:]],
        input=b"", capture_output=True, check=False,
    )  # fmt: skip
    assert told.returncode != 0


def test_a_slow_reader_gets_the_whole_of_a_large_file(places):
    """Larger than what nginx and the system keep in memory: the rest waits on disk."""
    largest = max(
        (Path(streamlit.__file__).parent / "static" / "static" / "js").iterdir(), key=lambda p: p.stat().st_size
    )
    host, port = places["origin"].removeprefix("https://").split(":")
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect((host, int(port)))
        with UNCHECKED.wrap_socket(line, server_hostname=host) as reader:
            reader.sendall(f"GET /static/js/{largest.name} HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n".encode())
            time.sleep(1)
            answer = b"".join(iter(lambda: reader.recv(65536), b""))
    assert answer.partition(b"\r\n\r\n")[2] == largest.read_bytes()


def test_the_pages_live_under_the_policy(browser, places):
    faults = []
    watched = Watched(browser, places["origin"], cookie(places["origin"]), ignore_https_errors=True)
    page = watched.page
    page.on(
        "console", lambda m: faults.append(m.text) if "Content Security Policy" in m.text or "CSP" in m.text else None
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("response", lambda r: faults.append(f"{r.status} {r.url}") if r.status in {429, 503} else None)
    watched.open("/a1", territoire=LABELS["organisme", "011"])
    assert watched.marks() == {MARKS["organisme", "011"]}
    page.locator("svg.main-svg").first.wait_for()
    assert page.evaluate("document.documentElement.lang") == "fr"  # the script of the page has run
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").first.click()
    assert waiting.value.path().read_bytes()
    watched.open("/sql")
    editor = page.get_by_label("Requête SQL")
    editor.fill("SELECT 7 AS essai, 3 AS n")
    editor.press("Control+Enter")
    page.get_by_role("columnheader", name="essai").wait_for()
    page.get_by_text("Graphique").click()
    page.locator("svg.main-svg").first.wait_for()
    settled(page)
    assert all(c["secure"] for c in watched.context.cookies() if c["name"] != "_streamlit_user")
    watched.context.close()
    assert faults == []
