"""S-44: one gate before every way out. Every address that there is, asked for a record whose people
did not allow it; and which addresses show one whose people did, so that a new way is in the test.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from service.accounts.actor import SYSTEM
from service.consent import actions as consent
from service.web import identify
from tests.conftest import drain
from tests.test_authorisation import ROUTES, World, database_url, world
from tests.web.telling import (
    ANSWERS,
    BEFORE_THE_EDIT,
    FILM,
    LATER,
    LATITUDE,
    LONGITUDE,
    PICTURE,
    TEXT,
    TYPED,
    VOICE,
    WHO_TYPED,
    Asked,
    Ids,
    address,
    reading_of,
    settled,
    somebody_tells,
)

__all__ = ["database_url", "world"]  # fixtures

NAMING = {
    *(ANSWERS[name] for name in ANSWERS.keys() - {"hh", "photo"}),
    BEFORE_THE_EDIT, LATER, TEXT, LATITUDE, LONGITUDE, TYPED, WHO_TYPED, PICTURE, VOICE, FILM,
}  # fmt: skip
"""What identifies somebody, or is in her words."""
WHO_MIGHT = ("coordinator", "advocate", "reviewer", "device", "admin as reviewer")
_RECORD = "/v1/projects/<int:project_id>/forms/<name:form>/submissions/<name:instance_id>"
_FORM = "/v1/projects/<int:project_id>/forms/<name:form_id>"
_LIST = "/v1/projects/<int:project_id>/datasets/<dataset>"
BY_PHONES = {
    "/v1/projects/<int:project_id>/forms/<name:form>/attachments/<file>",
    "/v1/key/-/projects/<int:project_id>/forms/<name:form>/attachments/<file>",
    "/v1/projects/<int:project_id>/sync",
}
"""What phones take along of lists: those who may be visited again."""
EXITS = {
    *(f"{_RECORD}{rest}" for rest in (
        ".xml", "/diffs", "/versions/<name:version_id>.xml", "/attachments/<name:attachment>",
        "/versions/<name:version_id>/attachments/<name:attachment>",
    )),
    *(f"{_FORM}/submissions.{kind}" for kind in (
        "csv", "csv.zip", "dta", "dta.zip", "geojson", "jsonl", "spss.zip", "xlsx",
    )),
    f"{_FORM}/submissions/<name:instance_id>.geojson",
    f"{_FORM}.svc/<table>", f"{_FORM}.svc/Submissions(<record>)",
    "/v1/projects/<int:project_id>/view/downloadSubmission",
    *(f"{_LIST}{rest}" for rest in (
        "/entities", "/entities.csv", ".svc/Entities", "/entities/<entity_id>",
        "/entities/<entity_id>/versions", "/entities/<entity_id>/diffs",
        "/entities/<entity_id>/conflicts",
    )),
    "/p/<slug>/lists/<int:list_pk>/entities/<uuid:entity_id>",
    "/p/<slug>/testimonies/records/<told_record>", "/p/<slug>/testimonies/texts/<story_text>",
    "/told/<project>/<story_use>", "/told/<project>/<story_use>/file",
    "/p/<slug>/testimonies/uses/<story_use>/file",
    "/p/<slug>/exports/<run>/file",
    "/p/<slug>/files/<opened>/<ticket>",
    *BY_PHONES,
}  # fmt: skip
"""Every way by which what somebody told leaves: seen from outside."""
TELLS_OF_RECORDS = {
    "answers.read", "record.read", "identity.read", "testimony.read", "testimony.show", "rows.read",
    "rows.export", "facts.read", "entity_list.read", "entity.read_names", "form.list",
    "submission.send", "submission.list", "sent.list", "case.read", "testimony.write",
    "testimony.use", "testimony.library",
}  # fmt: skip
"""Acts that let somebody near what people told: their routes are named one by one."""
NO_WAY_OUT = {
    "/p/<slug>/submissions/<submission>": "when it came, its state, its files by kind",
    "/p/<slug>/submissions": "ids, times, states",
    "/p/<slug>/sent": "the same of what one sent",
    "/p/<slug>/dialogue/meetings/<uuid:meeting_pk>/quotes": "kinds and provinces, no words",
    **{
        f"/p/<slug>/dialogue/meetings/<uuid:meeting_pk>/quotes/{rest}": (
            "no meeting is here: tests/integration/dialogue/test_quotes_and_releases.py"
        )
        for rest in ("<uuid:use_pk>", "<source>/<uuid:key>")
    },
    "/p/<slug>/cases": "numbers of cases, places, clocks",
    "/p/<slug>/cases/<case_pk>": "needs and what was done, as codes; sheets go by POST",
    "/p/<slug>/services": "offices",
    "/p/<slug>/lists": "names and numbers of lists",
    "/p/<slug>/lists/<int:list_pk>": "ids of entities of which two say different things",
    **{
        f"/v1/projects/<int:project_id>/forms/<name:form>/submissions{rest}": "ids, times, states"
        for rest in ("", "/keys", "/submitters")
    },
    **{
        f"{_RECORD}{rest}": "ids, times, states; a file is called by what stands for its name"
        for rest in (
            "", "/versions", "/versions/<name:version_id>", "/attachments",
            "/versions/<name:version_id>/attachments", "/audits",
        )
    },
    f"{_RECORD}/flags": "which rules noticed something; why, as far as codes are shown",
    "/v1/projects/<int:project_id>/forms/<name:form>/dataset-diff": "names of properties",
    "/v1/projects/<int:project_id>/view/submissionList": "ids",
    "/v1/projects/<int:project_id>/facts/<name:kind>": "codes, numbers and days; through the gate",
    **{f"{_FORM}.svc{rest}": "what a form asks" for rest in ("", "/$metadata")},
    f"{_FORM}.svc/Submissions(<record>)/<path:inside>": (
        "this form has no repeat: tests/web/test_one_gate.py"
    ),
    "/v1/projects/<int:project_id>/datasets": "names of lists",
    **{
        f"{_LIST}{rest}": "names of properties, ids, times"
        for rest in (
            "", ".svc", ".svc/$metadata", "/entities/<entity_id>/audits", "/entities/creators",
        )
    },
    f"{_LIST}/entities.geojson": "this list has no property for a place",
    f"{_LIST}/entities/<entity_id>/geojson": "the same",
    "/p/<slug>/persons/pairs/<pair>/names": "nobody is a pair here; tests/web/test_persons.py",
    "/p/<slug>/persons/<uuid:person>/names": "the same",
    "/p/<slug>/testimonies/files/<story_file>": "kind, province and day; leads to the file",
    "/p/<slug>/testimonies/uses/<story_use>/paper": "a PDF of what the public page shows, where "
    "words are pictures of letters: tests/web/test_stories.py",
    **dict.fromkeys(
        (
            "/p/<slug>/testimonies", "/p/<slug>/testimonies/uses",
            "/v1/projects/<int:project_id>/testimonies",
        ),
        "which texts may be used, in codes; what was used, without whose it was",
    ),
    "/p/<slug>/copies": "when copies came, and why they wait",
    "/p/<slug>/copies/<submission>": "no copy waits here; `test_copies.py` shows what one tells",
    "/p/<slug>/copies/<submission>/names": "the same",
    "/v1/projects/<int:project_id>/copies": "when copies came, and why they wait",
    "/v1/projects/<int:project_id>/copies/<uuid:submission>": (
        "no copy waits here; `test_copies_api.py` shows what one tells"
    ),
    **{
        f"{prefix}/projects/<int:project_id>/{rest}": "blank forms; ids that the phone names"
        for prefix in ("/v1", "/v1/key/-")
        for rest in (
            "formList", "formXml", "forms/<name:form>.xml", "forms/<name:form>/manifest",
            "forms/<name:form>/versions/<name:version>.xml",
            "forms/<name:form>/versions/<name:version>/manifest",
            "datasets/<dataset>/integrity",
        )
    },
    "/<slug>/formList": "blank forms",
    **{
        f"{prefix}/submission": "where to send to"
        for prefix in (
            "/<slug>", "/v1/projects/<int:project_id>", "/v1/key/-/projects/<int:project_id>",
        )
    },
    "/v1/projects/<int:project_id>/sync/<item_id>/attachments/<name>": "how much of a file is here",
}  # fmt: skip
"""Routes of those acts that show nothing of it, and what they show."""
ALLOWED = {"contact": "yes"}
NOT_ASKED = dict.fromkeys(("store", "stats", "how"), "")
DENIED = {
    "never asked": NOT_ASKED,
    "refused": {"store": "no"},
    "over": {"today": "2023-01-05"},
    "a child, its guardian alone": {"age": "12", "guardian": "yes"},
    "a child, itself alone": {"age": "12", "assent": "yes"},
    "a child, its guardian no": {"age": "12", "guardian": "no", "assent": "yes"},
    "an infant, nobody": {"age": "4"},
    "an infant that will not": {"age": "4", "guardian": "yes", "assent": "no"},
}

TAKEN_BACK = "everything taken back"


def shown(asked: Asked, routes: Iterable[str] = ROUTES) -> set[str]:
    """The routes by which something of it left. To people of other projects all of it looks like
    nothing: tests/test_authorisation.py."""
    might = [one for one in asked.callers if one.name.startswith((*WHO_MIGHT, "script"))]
    asked.callers = [one for one in might if not one.is_foreign]
    with settled():
        found = asked.look(reading_of(dict.fromkeys(routes, "")))
    return {route.removeprefix("GET ") for route, words in found.items() if words & NAMING}


def take_back(asked: Asked, scopes: Sequence[str] = ()) -> None:
    """Each of the records; every use or these."""
    project_id = int(str(asked.values["project_id"]))
    blobs = asked.world.app.extensions["samleng.blobs"]
    for record in (asked.ids.first, asked.ids.third, asked.ids.by_app):
        consent.withdraw_record(SYSTEM, project_id, record, "asked", scopes=scopes, blobs=blobs)


def test_s44_the_ways_out_are_all_that_show_anything(world: World) -> None:
    asked = somebody_tells(world, **ALLOWED)
    found = shown(asked)
    assert found == EXITS, "a new way out: put it among EXITS, and see that the gate stands in it"
    named = EXITS | NO_WAY_OUT.keys()
    rules = list(world.app.url_map.iter_rules())
    unnamed = {
        rule.rule
        for rule in rules
        if "GET" in (rule.methods or ())
        and str(identify.stated_act(world.app, rule.endpoint)) in TELLS_OF_RECORDS
        and rule.rule not in named
    }
    assert unnamed == set(), "is it a way out? Name it here"
    assert named <= {rule.rule for rule in rules}
    assert not EXITS & NO_WAY_OUT.keys()


def test_s44_whoever_did_not_allow_it_leaves_by_no_way(world: World) -> None:
    """Each in one project, by every way by which one leaves who allowed it: no other shows anything
    (above). What is the same for all of them is asked once. Of everything taken back, by every
    address and word by word: tests/web/test_withdrawn_everywhere.py."""
    ways = {f"GET {way}" for way in EXITS}
    asked = {
        case: somebody_tells(world, Ids.of(digit), **{**ALLOWED, **said})
        for digit, (case, said) in enumerate({**DENIED, TAKEN_BACK: {}}.items())
    }
    take_back(asked[TAKEN_BACK])
    *_, one, another = asked.values()
    of_one = {way for way in ways if address(way, one) != address(way, another)}
    left = {case: ways for case, each in asked.items() if (ways := shown(each, of_one))}
    assert left == {}
    assert shown(one, ways - of_one) == set()
    allowed = somebody_tells(world, Ids.of(len(asked)), **ALLOWED)
    assert {f"GET {way}" for way in shown(allowed, of_one)} == of_one


@pytest.mark.parametrize(
    "said",
    [{"age": "12", "guardian": "yes", "assent": "yes"}, {"age": "4", "guardian": "yes"}],
)
def test_s44_a_child_for_whom_all_said_yes_who_can_leaves_by_every_way(
    world: World, said: dict[str, str]
) -> None:
    ways = {f"GET {way}" for way in EXITS}
    assert shown(somebody_tells(world, **ALLOWED, **said), ways) == EXITS


def test_s44_one_use_taken_back_closes_that_one_by_every_way(world: World) -> None:
    ways = {f"GET {way}" for way in EXITS}
    asked = somebody_tells(world, **ALLOWED)
    take_back(asked, ["contact"])
    drain(world.app)
    left = EXITS - BY_PHONES - {"/p/<slug>/exports/<run>/file"}
    assert shown(asked, ways) == left, "that file was made before"
    asked.purpose, asked.callers = "contact", []
    assert shown(asked, ways) == set()
