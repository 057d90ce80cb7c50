"""HTTP Digest, where the operator switched it on: real clients, replays, eight threads at once."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from service.accounts import actions, digest
from service.accounts.actor import SYSTEM
from service.accounts.digest import MD5, SHA256
from service.accounts.tables import DeviceDigest, DigestNonce
from service.forms import actions as forms
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from tests import programs
from tests.conftest import Client, an_app, close
from tests.factories import FORM_XML, a_form, a_project, an_instance, multipart


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    made = an_app(dataclasses.replace(settings, digest=True))
    made.test_client_class = Client
    yield made
    close()


@dataclasses.dataclass(kw_only=True)
class DigestPhone:
    """A phone that knows a user name and a password, and answers challenges by hand."""

    client: FlaskClient
    project_id: int
    id: int
    password: str
    nonce: str = ""
    realm: str = ""

    @property
    def path(self) -> str:
        return f"/v1/projects/{self.project_id}"

    def ask(self, address: str = "/submission", method: str = "HEAD") -> TestResponse:
        """Without credentials; keeps the nonce of the challenge."""
        answer = self.client.open(f"{self.path}{address}", method=method)
        self.take(answer)
        return answer

    def take(self, answer: TestResponse) -> None:
        first = answer.headers.get_all("WWW-Authenticate")[0]
        self.nonce = re.findall(r'nonce="([^"]+)"', first)[0]
        self.realm = re.findall(r'realm="([^"]+)"', first)[0]

    def header(
        self,
        count: int = 1,
        *,
        method: str = "HEAD",
        address: str = "/submission",
        algorithm: str = SHA256,
        **changes: str | None,
    ) -> dict[str, str]:
        """An `Authorization` header; `changes` name directives that are other (None: left out)."""
        user = changes.get("username") or digest.user_name(self.id)
        said = digest.Answer(
            username=user,
            realm=self.realm,
            nonce=self.nonce,
            uri=f"{self.path}{address}",
            algorithm=algorithm,
            cnonce="0a4f113b",
            nc=f"{count:08x}",
            response="",
        )
        ha1 = digest.ha1(algorithm, user, self.realm, self.password)
        told: dict[str, str | None] = {
            "username": f'"{user}"', "realm": f'"{self.realm}"', "nonce": f'"{self.nonce}"',
            "uri": f'"{said.uri}"', "algorithm": algorithm, "qop": "auth", "nc": said.nc,
            "cnonce": f'"{said.cnonce}"', "response": f'"{digest.expected(said, ha1, method)}"',
            **changes,
        }  # fmt: skip
        text = ", ".join(f"{name}={value}" for name, value in told.items() if value is not None)
        return {"Authorization": f"Digest {text}"}

    def head(self, nc: int = 1, **changes: Any) -> TestResponse:
        return self.client.head(f"{self.path}/submission", headers=self.header(nc, **changes))

    def send(self, nc: int, xml: str) -> TestResponse:
        body, kind = multipart(xml, {})
        address = "/submission?deviceID=collect%3AxY12"
        return self.client.post(
            f"{self.path}{address}",
            data=body,
            content_type=kind,
            headers=self.header(nc, method="POST", address=address),
        )


def a_digest_phone(app: Flask, settings: Settings) -> DigestPhone:
    realm = dataclasses.replace(settings, digest=True).digest_realm
    with unit_of_work() as session:
        project = a_project(session)
        a_form(session, project.id)
        made = actions.create_app_user(
            session, SYSTEM, project.id, "ទូរសព្ទ", None, digest_realm=realm
        )
    assert made.digest_password is not None
    return DigestPhone(
        client=app.test_client(),
        project_id=project.id,
        id=made.id,
        password=made.digest_password,
    )


@pytest.fixture
def phone(app: Flask, settings: Settings) -> DigestPhone:
    return a_digest_phone(app, settings)


def is_stale(answer: TestResponse) -> bool:
    return answer.status_code == 401 and all(
        "stale=true" in line
        for line in answer.headers.get_all("WWW-Authenticate")
        if line.startswith("Digest")
    )


def test_digest_is_off_unless_switched_on(settings: Settings) -> None:
    assert settings.digest is False
    assert settings.digest_realm is None


def test_where_it_is_off_it_is_neither_offered_nor_read(settings: Settings) -> None:
    app = an_app(dataclasses.replace(settings, digest=True))
    app.test_client_class = Client
    phone = a_digest_phone(app, settings)
    phone.ask()
    app.config["SAMLENG"] = settings
    answer = phone.head()
    assert answer.status_code == 401
    assert answer.headers.get_all("WWW-Authenticate") == ['Basic realm="Samleng", charset="UTF-8"']
    with unit_of_work() as session:
        made = actions.create_app_user(session, SYSTEM, phone.project_id, "២", None)
    assert made.digest_password is None
    close()


def test_head_without_credentials_answers_the_challenge_strongest_first(
    phone: DigestPhone, app: Flask
) -> None:
    answer = phone.ask()
    assert answer.status_code == 401
    schemes = answer.headers.get_all("WWW-Authenticate")
    assert [line.split()[0] for line in schemes] == ["Digest", "Basic"]
    assert "algorithm=SHA-256" in schemes[0]
    assert 'qop="auth"' in schemes[0]
    assert "stale" not in schemes[0]
    app.config["SAMLENG"] = dataclasses.replace(app.config["SAMLENG"], digest_md5=True)
    both = phone.ask().headers.get_all("WWW-Authenticate")
    assert [re.findall(r"algorithm=(\S+),", line) for line in both] == [["SHA-256"], ["MD5"], []]


def test_people_and_pages_are_never_challenged_to_digest(phone: DigestPhone) -> None:
    for path in ("/v1/users/current", "/v1/projects/1/indicators"):
        answer = phone.client.get(path)
        assert not [line for line in answer.headers.get_all("WWW-Authenticate") if "Digest" in line]


def test_c66_a_phone_lists_and_sends(phone: DigestPhone) -> None:
    phone.ask()
    assert phone.head(1).status_code == 204
    listing = phone.client.get(
        f"{phone.path}/formList", headers=phone.header(2, method="GET", address="/formList")
    )
    assert listing.status_code == 200
    assert "visit" in listing.get_data(as_text=True)
    assert phone.send(3, an_instance()).status_code == 201


@pytest.mark.parametrize("algorithm", [SHA256, MD5])
def test_c66_a_phone_downloads_form_manifest_and_media_and_sends(
    app: Flask, phone: DigestPhone, algorithm: str
) -> None:
    """With MD5, too, where the operator switched that on: what Collect's library knows."""
    app.config["SAMLENG"] = dataclasses.replace(app.config["SAMLENG"], digest_md5=True)
    with unit_of_work() as session:
        forms.publish_xml(
            session, SYSTEM, phone.project_id, FORM_WITH_FILE.encode(),
            media={"map.png": b"\x89PNG of a map"}, blobs=app.extensions["samleng.blobs"],
            tells_of_nobody=True,
        )  # fmt: skip
    challenges = phone.ask().headers.get_all("WWW-Authenticate")
    chosen = next(line for line in challenges if f"algorithm={algorithm}" in line)
    phone.nonce = re.findall(r'nonce="([^"]+)"', chosen)[0]
    counts = iter(range(1, 99))

    def get(address: str) -> bytes:
        said = phone.header(next(counts), method="GET", address=address, algorithm=algorithm)
        answer = phone.client.get(f"{phone.path}{address}", headers=said)
        assert answer.status_code == 200, address
        return answer.data

    def address_in(document: bytes, element: str) -> str:
        found = re.findall(f"<{element}>([^<]+)</{element}>", document.decode())[0]
        return str(found.removeprefix(f"http://samleng.test{phone.path}"))

    listed = get("/formList?formID=media&deviceID=collect%3Aa")
    assert get(address_in(listed, "downloadUrl")) == FORM_WITH_FILE.encode()
    manifest = get(address_in(listed, "manifestUrl"))
    assert get(address_in(manifest, "downloadUrl")) == b"\x89PNG of a map"
    body, kind = multipart(an_instance(form_id="media"), {})
    address = "/submission?deviceID=collect%3Aa"
    said = phone.header(next(counts), method="POST", address=address, algorithm=algorithm)
    sent = phone.client.post(f"{phone.path}{address}", data=body, content_type=kind, headers=said)
    assert sent.status_code == 201


FORM_WITH_FILE = FORM_XML.format(form_id="media", version="1").replace(
    "</instance>",
    '</instance><itext><translation lang="km"><text id="m"><value form="image">'
    "jr://images/map.png</value></text></translation></itext>",
    1,
)


# --- S-09 ---------------------------------------------------------------------------------------
def test_s09_a_recorded_header_opens_nothing(phone: DigestPhone) -> None:
    phone.ask()
    assert phone.head(1).status_code == 204
    replayed = phone.head(1)
    assert is_stale(replayed)
    before = phone.nonce
    phone.take(replayed)
    assert phone.nonce != before, "Collect gives up when the same nonce comes again"
    assert phone.head(1).status_code == 204


@pytest.mark.each_database
def test_s09_the_same_count_from_8_threads_is_accepted_once(app: Flask, phone: DigestPhone) -> None:
    phone.ask()
    headers, path = phone.header(1), f"{phone.path}/submission"
    start, answers = threading.Barrier(8), []

    def try_it() -> None:
        client = app.test_client()
        start.wait()
        answers.append(client.head(path, headers=headers).status_code)

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [204] + [401] * 7


def test_s09_counts_out_of_order_inside_the_window_are_accepted(phone: DigestPhone) -> None:
    phone.ask()
    assert [phone.head(nc).status_code for nc in (5, 2, 1, 4, 3, 100)] == [204] * 6
    assert is_stale(phone.head(3))
    assert phone.head(300).status_code == 204
    assert is_stale(phone.head(172)), "128 below the highest"
    assert phone.head(173).status_code == 204


@pytest.mark.parametrize(
    "changes",
    [
        {"qop": None}, {"qop": "auth-int"}, {"qop": None, "nc": None, "cnonce": None},
        {"algorithm": "MD5"}, {"algorithm": None}, {"algorithm": "SHA-256-sess"},
        {"realm": '"Samleng"'}, {"nonce": '"bm9uY2U="'}, {"response": '"' + "0" * 64 + '"'},
        {"username": '"phone-99999"'}, {"uri": '"/v1/projects/1/formList"'},
        {"uri": '"/v1/projects/1/submission?x=1"'}, {"nc": "00000002"}, {"cnonce": '"other"'},
    ],
)  # fmt: skip
def test_s09_anything_else_is_refused_and_not_called_stale(
    phone: DigestPhone, changes: dict[str, str | None]
) -> None:
    phone.ask()
    answer = phone.client.head(f"{phone.path}/submission", headers=phone.header(1, **changes))
    assert answer.status_code == 401
    assert not is_stale(answer)
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(DigestNonce)) == 0
    assert phone.head(1).status_code == 204, "and the count was not used up"


def test_s09_the_answer_holds_for_its_method_and_address_alone(phone: DigestPhone) -> None:
    phone.ask()
    as_get = phone.client.get(f"{phone.path}/submission", headers=phone.header(1, method="HEAD"))
    assert as_get.status_code == 401
    elsewhere = phone.client.get(f"{phone.path}/formList", headers=phone.header(1, method="GET"))
    assert elsewhere.status_code == 401


def test_s09_headers_that_come_70_minutes_late_are_accepted(
    phone: DigestPhone,
) -> None:
    """A proxy that buffers the body delivers its headers an hour late."""
    start = clock.now()
    with clock.frozen(start):
        phone.ask()
    with clock.frozen(start + dt.timedelta(minutes=70)):
        assert phone.send(1, an_instance()).status_code == 201
    with clock.frozen(start + dt.timedelta(hours=24, seconds=1)):
        assert is_stale(phone.head(2))


def test_s09_c67_a_nonce_is_good_on_every_instance_and_after_a_restart(
    app: Flask, phone: DigestPhone, settings: Settings
) -> None:
    phone.ask()
    assert phone.head(1).status_code == 204
    close()
    second = an_app(dataclasses.replace(settings, digest=True))
    second.test_client_class = Client
    phone.client = second.test_client()
    assert is_stale(phone.head(1)), "what one has accepted the other refuses"
    assert phone.head(2).status_code == 204


def test_s09_uses_are_forgotten_when_their_nonce_has_expired(phone: DigestPhone) -> None:
    start = clock.now()
    for days in range(3):
        with clock.frozen(start + dt.timedelta(days=2 * days)):
            phone.ask()
            assert phone.head(1).status_code == 204
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(DigestNonce)) == 1


def test_s09_what_is_kept_of_the_password_is_sealed_and_gone_with_a_new_one(
    phone: DigestPhone, settings: Settings
) -> None:
    realm = dataclasses.replace(settings, digest=True).digest_realm
    with reading() as session:
        [kept] = session.scalars(sa.select(DeviceDigest.sealed))
    for algorithm in (SHA256, MD5):
        assert realm is not None
        ha1 = digest.ha1(algorithm, digest.user_name(phone.id), realm, phone.password)
        assert ha1.encode() not in kept
        assert bytes.fromhex(ha1) not in kept
    phone.ask()
    with unit_of_work() as session:
        made = actions.renew_app_user(
            session, SYSTEM, phone.project_id, phone.id, digest_realm=realm
        )
    assert phone.head(1).status_code == 401
    assert made.digest_password not in (None, phone.password)
    assert phone.password not in repr(made)
    phone.password = made.digest_password or ""
    assert phone.head(1).status_code == 204


def test_s09_the_realm_names_the_installation(phone: DigestPhone, settings: Settings) -> None:
    phone.ask()
    assert phone.realm.startswith("Samleng ")
    other = dataclasses.replace(settings.secrets, pseudonym_key="0123456789abcdef" * 4)
    assert phone.realm != dataclasses.replace(settings, digest=True, secrets=other).digest_realm


def test_an_ended_phone_is_told_so_and_not_asked_for_its_password(phone: DigestPhone) -> None:
    phone.ask()
    with unit_of_work() as session:
        actions.revoke_app_user(session, SYSTEM, phone.project_id, phone.id)
    answer = phone.client.get(
        f"{phone.path}/formList", headers=phone.header(1, method="GET", address="/formList")
    )
    assert answer.status_code == 403
    assert "WWW-Authenticate" not in answer.headers
    assert "QR" in answer.get_data(as_text=True)


def test_digest_reads_nothing_that_a_token_could_not(phone: DigestPhone) -> None:
    phone.ask()
    answer = phone.client.get(
        "/v1/users/current",
        headers=phone.header(1, method="GET", uri='"/v1/users/current"'),
    )
    assert answer.status_code == 401


# --- clients that were not written here ---------------------------------------------------------
@dataclasses.dataclass(frozen=True, kw_only=True)
class Serving:
    origin: str
    phone: DigestPhone


@pytest.fixture
def serving(app: Flask, phone: DigestPhone) -> Iterator[Serving]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    origin = f"http://127.0.0.1:{server.server_port}"
    app.config["SAMLENG"] = dataclasses.replace(
        app.config["SAMLENG"], public_url=origin, digest_md5=True
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield Serving(origin=origin, phone=phone)
    server.shutdown()
    thread.join()
    server.server_close()


def test_curl_lists_and_sends(serving: Serving, tmp_path: Path) -> None:
    """libcurl takes SHA-256, and sends the body only once it knows the challenge."""
    curl = programs.need("curl", "curl")
    phone = serving.phone
    who = ["--digest", "--user", f"{digest.user_name(phone.id)}:{phone.password}"]
    (tmp_path / "record.xml").write_text(an_instance("uuid:1"), "utf-8")
    form = f"xml_submission_file=@{tmp_path}/record.xml;type=text/xml"
    base = f"{serving.origin}{phone.path}"
    query = "?deviceID=collect%3AaXb2c3d4e5f6g7h8"
    shared = [curl, "--silent", "--show-error", "-o", "/dev/null", "-w", "%{http_code}", *who]
    listed = subprocess.run(
        [*shared, f"{base}/formList{query}"], capture_output=True, check=True, text=True
    )
    sent = [
        subprocess.run(
            [*shared, "-F", form, f"{base}/submission{query}"],
            capture_output=True, check=True, text=True,
        ).stdout
        for _ in range(2)
    ]  # fmt: skip
    assert (listed.stdout, sent) == ("200", ["201", "202"])


def test_pythons_own_client_answers_the_md5_challenge(serving: Serving) -> None:
    """urllib knows MD5 alone."""
    phone = serving.phone
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, serving.origin, digest.user_name(phone.id), phone.password)
    handler = urllib.request.HTTPDigestAuthHandler(passwords)
    opener = urllib.request.build_opener(_OnlyMd5(), handler)
    for _ in range(3):
        with opener.open(f"{serving.origin}{phone.path}/formList?deviceID=x%3Ay") as answer:
            assert answer.status == 200
            assert b"visit" in answer.read()


class _OnlyMd5(urllib.request.BaseHandler):
    """Python 3.11 looks at the first challenge and gives up at SHA-256: leave it the other."""

    handler_order = 100

    def http_response(self, request: Any, response: Any) -> Any:
        lines = response.headers.get_all("WWW-Authenticate", [])
        if lines:
            del response.headers["WWW-Authenticate"]
            response.headers["WWW-Authenticate"] = next(line for line in lines if "MD5" in line)
        return response


def test_what_scripts_alone_ask_offers_no_digest(client: FlaskClient, app: Flask) -> None:
    """ODK Briefcase takes Digest wherever it is offered; a script has a token and no password."""
    headers = {"X-OpenRosa-Version": "1.0"}
    for path in (
        "/view/submissionList?formId=a", "/view/downloadSubmission?formId=a", "/upload",
        "/formXml?formId=a", "/forms/a/submissions/b/attachments/c",
    ):  # fmt: skip
        answer = client.get(f"/v1/projects/1{path}", headers=headers)
        assert answer.status_code == 401, path
        assert [one[:6] for one in answer.headers.getlist("WWW-Authenticate")] == ["Basic "], path
    sent = client.post("/v1/projects/1/formUpload", headers=headers)
    assert [one[:6] for one in sent.headers.getlist("WWW-Authenticate")] == ["Basic "]
    shared = client.get("/v1/projects/1/formList", headers=headers)
    assert shared.headers.getlist("WWW-Authenticate")[0].startswith("Digest "), "phones' own"
