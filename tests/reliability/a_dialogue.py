"""A meeting with words in every field, in the sweep for canaries."""

from __future__ import annotations

import re

from service.persons.actions import today
from tests.reliability.every_route import FORM, Visit


def holds_a_meeting(visit: Visit) -> None:
    """By the page and by the API; a link for the partner is opened; then the meeting is removed."""
    word, pages, by = visit.words.word, f"{visit.pages}/dialogue", visit.bearer
    day = today().isoformat()
    met = {
        "held_on": day, "partner": "PDAC", "ours": word("who of us was at a meeting"),
        "venue": word("where a meeting was"), "notes": word("notes of a meeting"),
    }  # fmt: skip
    visit.ask("POST", f"{pages}/meetings", met, by, FORM)
    meeting = re.findall(r"/dialogue/meetings/[0-9a-f-]{36}", visit.ask("GET", pages, by=by))[0]
    page = f"{visit.pages}{meeting}"
    asked = {"partner": "PDAC", "text_en": word("a question"), "text_km": word("in Khmer")}
    visit.ask("POST", f"{page}/questions", asked, by, FORM)
    question = re.findall(r'<option value="([0-9a-f-]{36})"', visit.ask("GET", page, by=by))[0]
    said = {"question": question, "answered_on": day, "text_en": word("an answer")}
    visit.ask("POST", f"{page}/answers", said, by, FORM)
    given = {"partner": "PDAC", "owner": word("who answers for it"), "text_en": word("a promise")}
    visit.ask("POST", f"{page}/promises", given, by, FORM)
    promise = re.findall(r"/dialogue/promises/([0-9a-f-]{36})", visit.ask("GET", page, by=by))[0]
    why = {"status": "broken", "said_on": day, "reason": word("why it was broken")}
    visit.ask("POST", f"{pages}/promises/{promise}", why, by, FORM)
    for path in (f"/promises/{promise}", "/became", "/partners", "/links", "/meetings"):
        visit.ask("GET", f"{pages}{path}", by=by)
    wanted = {"partner": "PDAC", "audience": "public", "promise": promise, "days": "1"}
    made = re.findall(r"/promised/[^<\s]+", visit.ask("POST", f"{pages}/links", wanted, by, FORM))
    visit.words.keep("the token of a link", made[0].rpartition("/")[2])
    visit.ask("GET", made[0], by={})
    makes_a_product(visit)
    visit.ask("GET", f"{visit.pages}/feedback", by=by)
    visit.ask("GET", f"{visit.pages}/feedback/020401", by=by)
    visit.ask("GET", f"{visit.pages}/feedback/020401/sheet", by=by)
    visit.ask("POST", f"{page}/remove", {"sure": "yes"}, by, FORM)


def makes_a_product(visit: Visit) -> None:
    """With the question and the promise in it, by the page and by the API; and takes it."""
    pages, by = f"{visit.pages}/products", visit.bearer
    wanted = {"product": "province_brief", "partner": "PDAC", "place": "02", "language": "both"}
    advice = {"en": "A ramp at each hall.", "km": "ជម្រាលនៅសាលាឃុំ។"}
    visit.ask("GET", f"{pages}/recommendations", by=by)
    visit.ask("POST", f"{pages}/recommendations", {"article": "CRPD-9", **advice}, by, FORM)
    visit.ask("GET", f"{visit.project}/products/recommendations", by=by)
    visit.ask("PUT", f"{visit.project}/products/recommendations/CRPD-27", advice, by)
    visit.ask("GET", f"{pages}?product=province_brief&partner=PDAC", by=by)
    visit.ask("POST", pages, wanted, by, FORM)
    visit.ask("POST", f"{visit.project}/products", {**wanted, "year": today().year}, by)
    listed = visit.ask("GET", f"{visit.project}/products", by=by)
    for key in re.findall(r'"id": ?"([0-9a-f-]{36})"', listed):
        visit.ask("POST", f"{pages}/{key}/file", {}, by, FORM)
        visit.ask("POST", f"{visit.project}/products/{key}/file", {}, by)
