"""Figures on a page: numbers, words for what is hidden, and only to those who may see them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import SYSTEM, Role
from service.disclosure.rules import Audience
from service.foundation import clock
from service.foundation.db import unit_of_work
from service.indicators.catalogue import INDICATORS, breakdowns
from tests.factories import at
from tests.integration.indicators.villages import Village
from tests.web.pages_world import PASSWORD, sign_in, text_of

PATH = "/p/battambang/figures"
WHOLE_GRIDS = ("I01", "I12", "I24", "I32", "I49", "I53")
"""Of all others two breakdowns are asked for: a page takes a tenth of a second."""


def fill(role: Role) -> None:
    """40 households in Battambang, 3 in Pailin, told in May 2026; one person who reads of them."""
    with unit_of_work() as session:
        village = Village(session)
        actions.create_user(
            session, SYSTEM, "reader@example.org", role, village.project_id, PASSWORD
        )
        for number in range(40):
            needs = ("reh_prosthesis",) if number < 12 else ()
            village.household({"needs": needs}, submitter_id=number % 4 + 1)
        for _ in range(3):
            village.household({"needs": ("psy_peer",)}, province="24")


@pytest.fixture
def reader(client: FlaskClient) -> Iterator[FlaskClient]:
    fill(Role.COORDINATOR)
    with clock.frozen(at("2026-11-24T08:00")):
        sign_in(client, "reader@example.org")
        client.get("/sign-in?lang=en")
        yield client


def test_a_figure_says_number_base_share_and_what_it_rests_on(reader: FlaskClient) -> None:
    page = text_of(reader.get(f"{PATH}?indicator=I11&by=province&audience=internal"))
    assert "02 Battambang 12 40 30 %" in page
    assert "24 Pailin 3 3 100 %" in page
    assert "Total 15 43 35 %" in page
    assert "counted 43" in page
    assert "As of 24 November 2026, 15:00" in page
    assert "do not print, send or show" in page.lower()


def test_a_figure_of_rows_of_another_says_of_which(reader: FlaskClient) -> None:
    page = text_of(reader.get(f"{PATH}?indicator=I07&by=province&audience=partner"))
    assert "Its numbers are rows of “People assessed”, or sums of them" in page
    assert "rows of" not in text_of(reader.get(f"{PATH}?indicator=I01&by=sex&audience=partner"))


@pytest.mark.parametrize(
    ("language", "words"), [("en", "somebody visited twice is two"), ("km", "រាប់ជាពីរ")]
)
def test_the_page_says_that_visits_are_counted(
    reader: FlaskClient, language: str, words: str
) -> None:
    for indicator in ("I01", "I08", "I11", "I12"):
        address = f"/p/battambang/figures?indicator={indicator}&lang={language}"
        assert words in text_of(reader.get(address))


def test_small_groups_are_hidden_in_table_map_and_words(reader: FlaskClient) -> None:
    answer = reader.get(f"{PATH}?indicator=I01&by=province&audience=public")
    page, body = text_of(answer), answer.get_data(as_text=True)
    assert "24 Pailin hidden" in page
    assert "Hidden: " in page
    assert '<g class="hidden"' in body
    assert "Pailin 3" not in page
    assert "Smallest group that may be shown: 5." in page


def test_the_same_figure_in_khmer(reader: FlaskClient) -> None:
    page = text_of(reader.get(f"{PATH}?indicator=I01&by=province&audience=public&lang=km"))
    assert "24 ប៉ៃលិន លាក់" in page
    assert "មនុស្សដែលបានវាយតម្លៃតម្រូវការ" in page


def test_odd_days_are_widened_to_whole_quarters_for_the_public(reader: FlaskClient) -> None:
    asked = "indicator=I01&by=province&audience=public&from=2026-05-04&to=2026-05-04"
    page = reader.get(f"{PATH}?{asked}")
    assert "1 April 2026 to 30 June 2026" in text_of(page)
    assert 'value="2026-04-01"' in page.get_data(as_text=True)
    none = text_of(reader.get(f"{PATH}?indicator=I01&by=province&to=2026-01-31"))
    assert "Nothing to count in this period." in none


def test_a_breakdown_off_the_grid_is_replaced_and_said(reader: FlaskClient) -> None:
    page = text_of(reader.get(f"{PATH}?indicator=I01&by=sex,age,wg,victim&audience=public"))
    assert "This breakdown is not offered to this audience. Shown instead: province." in page


@pytest.mark.parametrize(
    ("query", "status"),
    [("indicator=I99", 404), ("audience=everybody", 400)],
)
def test_what_makes_no_sense_is_said(reader: FlaskClient, query: str, status: int) -> None:
    assert reader.get(f"{PATH}?{query}").status_code == status


def test_an_analyst_is_neither_offered_nor_given_unhidden_figures(client: FlaskClient) -> None:
    fill(Role.ANALYST)
    sign_in(client, "reader@example.org")
    assert 'value="internal"' not in client.get(PATH).get_data(as_text=True)
    assert client.get(f"{PATH}?indicator=I01&audience=internal").status_code == 400


def test_every_breakdown_on_offer_can_be_shown(reader: FlaskClient) -> None:
    for indicator in INDICATORS.values():
        offered = breakdowns(indicator, Audience.PARTNER)
        for by in offered if indicator.id in WHOLE_GRIDS else offered[:2]:
            answer = reader.get(f"{PATH}?indicator={indicator.id}&by={','.join(by)}")
            assert answer.status_code == 200, (indicator.id, by)
            assert "Undefined" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("query", "en", "km"),
    [
        ("from=junk", "“From day” is not a day.", "“ពីថ្ងៃ” មិនមែនជាថ្ងៃទេ។"),
        ("to=9999-12-31", "“To day” must lie between", "“ដល់ថ្ងៃ” ត្រូវនៅចន្លោះឆ្នាំ 1900 និង 2200។"),
        ("from=0001-01-01", "“From day” must lie between", "“ពីថ្ងៃ” ត្រូវនៅចន្លោះឆ្នាំ"),
        (
            "from=2026-07-01&to=2026-05-01",
            "“From day” is later than “To day”.",
            "“ពីថ្ងៃ” ក្រោយជាង “ដល់ថ្ងៃ”។",
        ),
    ],
)
def test_a_day_that_cannot_be_is_said_beside_the_form(
    reader: FlaskClient, query: str, en: str, km: str
) -> None:
    answer = reader.get(f"{PATH}?indicator=I01&by=sex&{query}")
    assert answer.status_code == 400
    assert en in text_of(answer)
    body = answer.get_data(as_text=True)
    assert 'value="sex" selected' in body, "the form is kept"
    assert all(f'value="{day}"' in body for day in ("2026-07-01", "2026-05-01") if day in query)
    in_khmer = text_of(reader.get(f"{PATH}?indicator=I01&by=sex&{query}&lang=km"))
    assert km in in_khmer
    assert "after" not in in_khmer


def test_the_last_year_that_may_be_asked_for_can_be(reader: FlaskClient) -> None:
    for audience in Audience.PARTNER, Audience.PUBLIC:
        page = reader.get(f"{PATH}?indicator=I01&audience={audience}&to=2200-12-01")
        assert "31 December 2200" in text_of(page)


def test_those_under_18_stand_beside_the_signatures_not_among_them(client: FlaskClient) -> None:
    with unit_of_work() as session:
        village = Village(session)
        actions.create_user(
            session, SYSTEM, "reader@example.org", Role.COORDINATOR, village.project_id, PASSWORD
        )
        for status in ("valid", "valid", "valid", "minor"):
            village.signature(status)
    sign_in(client, "reader@example.org")
    asked = f"{PATH}?indicator=I49&audience=internal"
    page = text_of(client.get(asked))
    assert "counted 3" in page
    assert "besides: under 18, kept apart 1" in page
    assert "ក្រៅពីនេះ៖ អាយុក្រោម ១៨ ឆ្នាំ" in text_of(client.get(f"{asked}&lang=km"))


def test_completeness_does_not_say_that_nothing_is_unknown(reader: FlaskClient) -> None:
    of_i08 = text_of(reader.get(f"{PATH}?indicator=I08&audience=internal"))
    assert "counted 43" in of_i08
    assert "unknown in this breakdown" not in of_i08
    by_sex = text_of(reader.get(f"{PATH}?indicator=I01&by=sex&audience=internal"))
    assert "of them unknown in this breakdown 0" in by_sex


def test_a_past_day_is_for_this_team_alone(reader: FlaskClient) -> None:
    """Records came in on 23 November: the day before there was nothing."""
    form = reader.get(PATH).get_data(as_text=True)
    assert 'name="came_by"' in form
    asked = f"{PATH}?indicator=I01&by=province&audience=internal"
    page = text_of(reader.get(f"{asked}&came_by=2026-11-23"))
    assert "counted 43" in page
    assert "Had come in by 23 November 2026, without what was taken back since" in page
    assert "Total 43" not in text_of(reader.get(f"{asked}&came_by=2026-11-22"))
    for query, why in (
        (f"{PATH}?indicator=I01&audience=partner&came_by=2026-11-23", "is for"),
        (f"{asked}&came_by=2026-11-30", "lies in the future"),
        (f"{asked}&came_by=yesterday", "is not a day"),
    ):
        answer = reader.get(query)
        assert (answer.status_code, why in text_of(answer)) == (400, True), query


def test_whoever_sees_no_unhidden_table_is_asked_for_no_past_day(client: FlaskClient) -> None:
    fill(Role.ADVOCATE)
    with clock.frozen(at("2026-11-24T08:00")):
        sign_in(client, "reader@example.org")
        assert 'name="came_by"' not in client.get(PATH).get_data(as_text=True)
