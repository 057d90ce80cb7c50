"""Who the simulated phone is: token in the address, Basic, Digest, a slug (66-72)."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from service.accounts import digest
from tests.clients.collect_http import Credentials
from tests.clients.device_checks.conftest import Desk, a_record
from tests.clients.households import household
from tests.clients.openrosa_phone import FormListError, Phone, Standing
from tests.reliability.server import Server, Site

ON = {"SAMLENG_DIGEST": "on"}


def lists_downloads_and_sends(desk: Desk, phone: Phone) -> None:
    phone.sync_forms()
    assert (desk.form_id, "1") in phone.forms
    assert phone.send(a_record(desk.form_id)).statuses == (201,)
    assert len(desk.records()) == 1


def named(desk: Desk, **credentials: str) -> Phone:
    """By the address that names no token."""
    base = f"{desk.site.url}/v1/projects/{desk.site.project_id}"
    return desk.another(base, credentials=Credentials(**credentials) if credentials else None)


def test_c66_a_phone_with_its_token_in_the_address(desk: Desk) -> None:
    lists_downloads_and_sends(desk, desk.phone)


def test_c66_a_phone_by_basic(desk: Desk) -> None:
    lists_downloads_and_sends(desk, named(desk, user="arun", password=desk.site.token))


def test_c31_c68_without_credentials_or_with_empty_ones_it_is_asked_for_them(desk: Desk) -> None:
    for phone in (named(desk), named(desk, user="", password="")):
        head = phone.http.head(f"{phone.base_url}/submission")
        assert head.status == 401
        assert head.headers["WWW-Authenticate"].startswith("Basic ")
        with pytest.raises(FormListError, match="a credential dialog"):
            phone.form_list()
        assert "credential dialog" in phone.send(a_record(desk.form_id)).shown
    wrong = desk.another(f"{desk.phone.base_url.replace(desk.site.token, 'x' * 43)}")
    head = wrong.http.head(f"{wrong.base_url}/submission")
    assert (head.status, head.headers["WWW-Authenticate"]) == (403, None)


def test_c72_a_phone_by_the_slug_of_its_project(desk: Desk) -> None:
    [slug] = {one["slug"] for one in desk.site.command("projects", "list")}
    told = Credentials(user="arun", password=desk.site.token)
    lists_downloads_and_sends(desk, desk.another(f"{desk.site.url}/{slug}", credentials=told))


# --- Digest, on a server where it is switched on ------------------------------------------------
@pytest.fixture(params=["site", "postgresql_site"], ids=["sqlite", "postgresql"])
def digesting(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Site, dict[str, str]]:
    """The site, and what the shell tells of a phone that was enrolled there."""
    site: Site = request.getfixturevalue(request.param).copy_to(tmp_path / "data")
    told = ("app-users", "create", "Sreymom", "--project", str(site.project_id), "--json")
    return site, json.loads(site.run(*told, env=ON))


def by_digest(site: Site, made: dict[str, str]) -> Phone:
    told = Credentials(user=made["digest_user"], password=made["digest_password"], digest=True)
    return Phone(f"{site.url}/v1/projects/{site.project_id}", credentials=told)


def test_c66_c67_a_phone_by_digest_before_and_after_a_restart(
    digesting: tuple[Site, dict[str, str]],
) -> None:
    site, made = digesting
    phone = by_digest(site, made)
    with Server(site, ON):
        assert set(phone.sync_forms().values()) == {Standing.NEW}
        assert phone.send(household(1).record).statuses == (201,)
        asked = [reply.status for _, reply in phone.http.replies].count(401)
        assert asked == 1, "one challenge, however much is asked, queries included"
    with Server(site, ON):
        assert phone.send(household(2).record).statuses == (201,)
        assert [reply.status for _, reply in phone.http.replies].count(401) == asked
    phone.close()


def test_c67_an_upload_under_an_old_nonce_is_asked_again_and_sent_once_more(
    digesting: tuple[Site, dict[str, str]],
) -> None:
    site, made = digesting
    phone = by_digest(site, made)
    with Server(site, ON):
        assert phone.send(household(1).record).statuses == (201,)
        phone.http.replies.clear()
        told = phone.http.credentials
        assert told is not None
        told.challenge["nonce"] = an_old_nonce(site, told.challenge["realm"])
        assert phone.send(household(2).record).statuses == (201,)
        posts = [reply for method, reply in phone.http.replies if method == "POST"]
        assert [reply.status for reply in posts] == [401, 201]
        assert "stale=true" in posts[0].headers["WWW-Authenticate"]
    phone.close()


def an_old_nonce(site: Site, realm: str) -> str:
    """What this server gave out two days ago."""
    secret = json.loads((site.data_dir / "secrets.json").read_text())["page_key"]
    key = digest.nonce_key(secret)
    return digest.make_nonce(key, realm, dt.datetime.now(dt.UTC) - dt.timedelta(days=2))
