"""The page that the code on a paper opens for whoever told: what is held, heard, ended, erased."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import SYSTEM
from service.consent import actions as consent
from service.consent.requests import OPENED_PER_NETWORK_AN_HOUR, PER_NETWORK_AN_HOUR, Status
from service.consent.tables import Withdrawal
from service.facts import paper_codes, tables
from service.facts import queries as facts
from service.facts.scopes import Purpose
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from tests import media_files
from tests.conftest import drain
from tests.factories import Phone, a_form
from tests.survivors import FORM_ID, form_xml, told
from tests.web.pages_world import World, a_world, text_of

CODE = paper_codes.digits(40_071_200_931_188)
IN_KHMER = CODE.translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))
WORDS = "មីនផ្ទុះនៅវាលស្រែ"
OWN = "/withdraw/battambang/own?lang=en"
EVERYTHING = dict.fromkeys(("quote", "named", "media", "abroad", "contact"), "yes")


@pytest.fixture
def world(client: FlaskClient) -> World:
    return a_world()


@pytest.fixture
def phone(world: World, client: FlaskClient) -> Phone:
    """Her record is here, with her words, her voice and everything allowed."""
    with unit_of_work() as session:
        a_form(session, world.project_id, FORM_ID, xml=form_xml())
        made = actions.create_app_user(session, SYSTEM, world.project_id, "ទូរសព្ទ", None)
    anonymous = client.application.test_client()
    found = Phone(client=anonymous, project_id=world.project_id, token=made.token, id=made.id)
    record = told("uuid:1", code=CODE, wish=WORDS, name="សុខ", sound="a.wav", **EVERYTHING)
    assert found.send(record, {"a.wav": media_files.wav()}).status_code == 201
    drain(client.application)
    return found


def paper_in(page: str) -> str:
    return re.findall(r'name="paper" value="([^"]+)"', page)[0]


def opened(phone: Phone, code: str = CODE) -> str:
    answer = phone.client.post(OWN, data={"code": code})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def count(kind: type) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(kind)) or 0


def acts(action: str) -> int:
    with reading() as session:
        query = sa.select(sa.func.count()).where(AuditEntry.action == action)
        return session.scalar(query) or 0


@pytest.mark.parametrize("language", ["en", "km"])
@pytest.mark.parametrize("code", [CODE, CODE.replace("-", ""), IN_KHMER])
def test_the_code_opens_the_page_and_no_trace_is_left(
    phone: Phone, language: str, code: str
) -> None:
    answer = phone.client.post(OWN.replace("=en", f"={language}"), data={"code": code})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    for hidden in (code, CODE, WORDS, "សុខ", "uuid:1"):
        assert hidden not in page, "words only once she asks, who she is never"
    title = {"en": "<title>Paper", "km": "<title>ក្រដាស"}[language]
    assert title in page
    assert 'id="leave"' in page
    assert acts("consent.see_own") == 1


def test_her_words_and_voice_come_only_when_she_asks(phone: Phone) -> None:
    page = opened(phone)
    heard = phone.client.post("/withdraw/battambang/words?lang=en", data={"paper": paper_in(page)})
    text = heard.get_data(as_text=True)
    assert WORDS in text
    assert "សុខ" not in text
    (sound,) = re.findall(r'<audio[^>]* src="([^"]+)"', text)
    played = phone.client.get(sound)
    assert played.mimetype == "audio/wav"
    assert played.headers["Cache-Control"] == "no-store"
    assert not media_files.traces(played.get_data())
    assert acts("consent.hear_own") == 1
    assert "read or heard with this paper" in text_of(phone.client.post(OWN, data={"code": CODE}))


def test_a_page_left_open_opens_nothing_later_nor_elsewhere(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = paper_in(opened(phone))
    ends, digest, mac = paper.split("-")
    for other in (f"{int(ends, 16) + 9:x}-{digest}-{mac}", f"{ends}-{'0' * 32}-{mac}", "", "x"):
        answer = phone.client.post("/withdraw/battambang/words", data={"paper": other})
        assert answer.status_code == 410
    later = clock.now() + dt.timedelta(minutes=21)
    monkeypatch.setattr(clock, "now", lambda: later)
    for path in ("words", "change", "back"):
        answer = phone.client.post(f"/withdraw/battambang/{path}?lang=en", data={"paper": paper})
        assert answer.status_code == 410
        assert "type the code again" in text_of(answer)


def test_she_ends_some_uses_and_the_rest_stays(phone: Phone) -> None:
    page = opened(phone)
    assert 'value="quote_anon"' in page
    form = {"paper": paper_in(page), "extent": "some", "scope": ["quote_anon", "publish_voice"]}
    answer = phone.client.post("/withdraw/battambang/change?lang=en", data=form)
    after = answer.get_data(as_text=True)
    assert "what you ticked has ended" in after
    assert 'value="quote_anon"' not in after
    assert 'value="publish_voice"' not in after
    assert 'value="publish_name"' in after
    drain(phone.client.application)
    assert 'value="quote_anon"' not in opened(phone)
    assert count(tables.Person) == 1


@pytest.mark.parametrize("form", [{"extent": "some"}, {"extent": "some", "scope": "store"}, {}])
def test_nothing_ends_that_she_did_not_tick(phone: Phone, form: dict[str, str]) -> None:
    data = {"paper": paper_in(opened(phone)), **form}
    answer = phone.client.post("/withdraw/battambang/change?lang=en", data=data)
    assert "Nothing was changed" in text_of(answer)
    assert count(Withdrawal) == 0


def test_she_takes_all_of_it_back(phone: Phone) -> None:
    form = {"paper": paper_in(opened(phone)), "extent": "all"}
    unsure = phone.client.post("/withdraw/battambang/change?lang=en", data=form)
    assert "Nothing was erased" in text_of(unsure)
    assert count(tables.Person) == 1
    done = phone.client.post("/withdraw/battambang/change?lang=en", data={**form, "sure": "yes"})
    assert "that record is erased now" in text_of(done)
    assert count(tables.Person) == 0
    again = phone.client.post(OWN, data={"code": CODE})
    assert again.status_code == 404
    assert "No record here carries this code" in text_of(again)
    assert phone.send(told("uuid:2", code=CODE)).status_code == 201
    consent.honour_codes(phone.client.application.extensions["samleng.blobs"])
    assert count(tables.Person) == 0, "what still comes with the code goes, too"


def test_a_slip_is_told_kindly(phone: Phone) -> None:
    slip = CODE[:-1] + str((int(CODE[-1]) + 1) % 10)
    for address in (OWN, "/withdraw/battambang?lang=en"):
        answer = phone.client.post(address, data={"code": slip})
        assert answer.status_code == 400
        assert "One digit is wrong, missing, or too many" in text_of(answer)
    short = phone.client.post(OWN, data={"code": "BTB-7731"})
    assert "type all of it" in text_of(short)


def test_wrong_codes_are_counted_and_then_nobody_reads(phone: Phone) -> None:
    for number in range(OPENED_PER_NETWORK_AN_HOUR):
        code = paper_codes.digits(number)
        assert phone.client.post(OWN, data={"code": code}).status_code == 404
    assert phone.client.post(OWN, data={"code": CODE}).status_code == 429
    done = phone.client.post("/withdraw/battambang?lang=en", data={"code": CODE})
    assert "that record is erased now" in text_of(done), "taking back is never refused"


def test_digits_wait_for_a_coordinator_while_very_many_are_tried(phone: Phone) -> None:
    for number in range(PER_NETWORK_AN_HOUR):
        phone.client.post("/withdraw/battambang", data={"code": paper_codes.digits(number)})
    answer = phone.client.post("/withdraw/battambang?lang=en", data={"code": CODE})
    assert "somebody of our team looks at it" in text_of(answer)
    with reading() as session:
        states = set(session.scalars(sa.select(Withdrawal.state)))
    assert Status.WAITING in states
    assert count(tables.Person) == 1


def test_a_child_without_its_guardian_is_told_that_it_is_closed(phone: Phone) -> None:
    code = paper_codes.digits(7)
    phone.send(told("uuid:3", code=code, wish=WORDS, age="12", guardian="", **EVERYTHING))
    drain(phone.client.application)
    page = opened(phone, code)
    assert "cannot be opened here" in page
    answer = phone.client.post("/withdraw/battambang/words", data={"paper": paper_in(page)})
    assert WORDS not in answer.get_data(as_text=True)


def test_a_paper_of_before_opens_it_too(phone: Phone) -> None:
    phone.send(told("uuid:4", code="7K2M-9QXT-4RWD", wish=WORDS))
    drain(phone.client.application)
    opened(phone, "7k2m 9qxt 4rwd")


def test_she_lets_all_of_it_end_on_an_earlier_day(phone: Phone) -> None:
    today = clock.today()
    paper = paper_in(opened(phone))

    def end(day: str) -> str:
        data = {"paper": paper, "extent": "until", "until": day}
        return text_of(phone.client.post("/withdraw/battambang/change?lang=en", data=data))

    for wrong in ("", "soon", (today - dt.timedelta(days=1)).isoformat(), "2099-01-01"):
        assert "Nothing was changed" in end(wrong)
    last = today + dt.timedelta(days=10)
    assert "ends after the day that you chose" in end(last.isoformat())
    assert usable(phone, last)
    assert not usable(phone, last + dt.timedelta(days=1)), "at once, before any job ran"
    drain(phone.client.application)
    assert usable(phone, last)
    assert not usable(phone, last + dt.timedelta(days=1)), "and as facts are computed again"
    assert "Nothing was changed" in end((last + dt.timedelta(days=1)).isoformat()), "never later"
    with reading() as session:
        (row,) = session.scalars(sa.select(Withdrawal)).all()
    assert (row.state, row.ends_on) == (Status.DONE, last)
    assert count(tables.Person) == 1


def usable(phone: Phone, on: dt.date) -> bool:
    with reading() as session:
        pk = session.scalar(sa.select(tables.Consent.submission_pk))
        assert pk is not None
        wanted = (Purpose.COUNT, Purpose.QUOTE, Purpose.WORK)
        allowed = {facts.may_use(session, phone.project_id, pk, one, on) for one in wanted}
    assert len(allowed) == 1
    return allowed.pop()
