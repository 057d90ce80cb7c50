"""What stands between a browser with a form engine and Samleng: the hosts of two products.

- ODK Central's web server hands out the page of Web Forms and passes `/v1/…` on to the backend.
- Enketo Express asks form list, form and manifest itself, hands out media under addresses of its
  own, and pipes a browser's submission on as it came (enketo-express 7: `communicator.js`,
  `submission-controller.js`, `media.js`).

Both pass bytes on unchanged. What Samleng answered is in `seen`.
"""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from lxml import etree

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{engine}</title>
<link rel="icon" href="data:,">{style}</head><body>{header}<div id="form"></div>{send}
<script type="module" src="/bundles/{engine}.js"></script></body></html>"""
STYLE = '<link rel="stylesheet" href="/bundles/enketo.css">'
HEADER = '<header class="form-header"><span class="form-language-selector hide"></span></header>'
"""Enketo moves the choice of language here; left in the form it would be taken for an answer."""
SEND = '<button id="send">Send</button>'
KINDS = {".js": "text/javascript", ".css": "text/css"}
DEVICE = "__enketo_meta_deviceid=127.0.0.1%3AaXb2c3d4e5f6g7h8; Path=/"
"""What Enketo Express calls a browser."""
LISTED = "{http://openrosa.org/xforms/xformsList}"
FILED = "{http://openrosa.org/xforms/xformsManifest}"
PASSED_ON = ("Authorization", "Content-Type", "X-Requested-With", "X-OpenRosa-Instance-Id")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One answer of Samleng."""

    method: str
    path: str
    status: int
    sent: bytes
    """What the browser handed to the host, byte for byte."""


@dataclass(kw_only=True)
class Host:
    """Where Samleng is, and what it said."""

    origin: str
    phone_url: str
    bundles: Path
    url: str = ""
    seen: list[Seen] = field(default_factory=list)

    def ask(
        self, method: str, url: str, body: bytes | None = None, **headers: str
    ) -> requests.Response:
        answer = requests.request(method, url, data=body, headers=headers, timeout=30)
        path = url.removeprefix(self.phone_url).removeprefix(self.origin)
        self.seen.append(
            Seen(method=method, path=path, status=answer.status_code, sent=body or b"")
        )
        return answer

    def enketo(
        self, method: str, url: str, body: bytes | None = None, **headers: str
    ) -> requests.Response:
        """As Enketo's server asks an OpenRosa server."""
        mine = {
            "Date": formatdate(usegmt=True),
            "User-Agent": "Enketo/7.5.1 Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0",
            "X-OpenRosa-Version": "1.0",
        }
        return self.ask(method, url, body, **{**headers, **mine})

    def survey(self, form_id: str) -> dict[str, Any]:
        """Form and the addresses of its files, for Enketo's page."""
        asked = urllib.parse.urlencode({"formID": form_id})
        self.enketo("HEAD", f"{self.phone_url}/formList?{asked}").raise_for_status()
        listed = self._xml(f"{self.phone_url}/formList?{asked}")
        [form] = [one for one in listed if one.findtext(f"{LISTED}formID") == form_id]
        manifest = form.findtext(f"{LISTED}manifestUrl")
        files = [] if manifest is None else list(self._xml(manifest))
        media = {
            file.findtext(f"{FILED}filename"): "/enketo/media?"
            + urllib.parse.urlencode({"at": file.findtext(f"{FILED}downloadUrl")})
            for file in files
        }
        xform = self.enketo("GET", form.findtext(f"{LISTED}downloadUrl"))
        xform.raise_for_status()
        return {"xform": xform.text, "media": media}

    def _xml(self, url: str) -> Any:
        answer = self.enketo("GET", url)
        answer.raise_for_status()
        return etree.fromstring(answer.content)


class Handler(BaseHTTPRequestHandler):
    """One request of the browser."""

    protocol_version = "HTTP/1.1"
    host: Host

    def do_GET(self) -> None:
        address = urllib.parse.urlsplit(self.path)
        asked = dict(urllib.parse.parse_qsl(address.query))
        if address.path.startswith("/v1/"):
            self._pass_on()
        elif address.path.startswith("/bundles/"):
            file = self.host.bundles / Path(address.path).name
            self._answer(200, KINDS[file.suffix], file.read_bytes())
        elif address.path == "/enketo/survey":
            told = json.dumps(self.host.survey(asked["form"])).encode()
            self._answer(200, "application/json", told)
        elif address.path == "/enketo/media":
            answer = self.host.enketo("GET", asked["at"])
            self._answer(answer.status_code, answer.headers["Content-Type"], answer.content)
        elif address.path in ("/web_forms", "/enketo"):
            engine = address.path[1:]
            self._answer(200, "text/html; charset=utf-8", _page(engine).encode())
        else:
            self._answer(404, "text/plain", b"")

    def do_POST(self) -> None:
        if self.path != "/enketo/submission":
            self._pass_on()
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        to = f"{self.host.phone_url}/submission"
        self.host.enketo("HEAD", to)  # which credentials are wanted
        answer = self.host.enketo("POST", to, body, **self._passed_on())
        self._answer(answer.status_code, answer.headers["Content-Type"], answer.content)

    def _pass_on(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size) if size else None
        answer = self.host.ask(
            self.command, self.host.origin + self.path, body, **self._passed_on()
        )
        self._answer(answer.status_code, answer.headers["Content-Type"], answer.content)

    def _passed_on(self) -> dict[str, str]:
        return {name: self.headers[name] for name in PASSED_ON if self.headers[name]}

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", DEVICE)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _page(engine: str) -> str:
    parts = (STYLE, HEADER, SEND) if engine == "enketo" else ("", "", "")
    return PAGE.format(engine=engine, **dict(zip(("style", "header", "send"), parts, strict=True)))


@contextmanager
def hosting(origin: str, phone_url: str, bundles: Path) -> Iterator[Host]:
    """A host on a port of its own, as long as the block runs."""
    host = Host(origin=origin, phone_url=phone_url, bundles=bundles)
    handler = type("Handler", (Handler,), {"host": host})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    host.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield host
    server.shutdown()
    thread.join()
    server.server_close()
