"""The sweep's way through everything else that the server does: records edited, compared, removed
and put back, drafts tried, lists and their contradictions, files of every kind, moving in; and then
every address there is, with a canary in everything that is sent along.

What somebody is shown who may see it is not searched: that it is shown to nobody else is for other
tests. What lies about afterwards is.
"""

from __future__ import annotations

import json
import re
import time
import urllib.parse
import uuid
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from service.app import skeleton
from tests.factories import multipart
from tests.reliability.canaries import Canaries
from tests.test_authorisation import ROUTES

if TYPE_CHECKING:
    from tests.reliability.test_canary_sweep import Sender

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NOBODY = "00000000-0000-7000-8000-000000000000"
KINDS = (
    "xlsx-linked", "xlsx-long", "xlsx-wide", "csv-sheet", "csv-zip", "json-lines", "geojson",
    "imsma-xlsx", "imsma-csv", "cmvis-xlsx", "cmvis-csv",
    "stata", "spss",
)  # fmt: skip
READ = ("csv", "csv.zip", "geojson", "xlsx", "jsonl", "dta", "dta.zip", "spss.zip")
NEVER = {
    "GET /static/<name>": "files of ours, the same for everybody; nothing is sent along",
}
"""Routes that the sweep does not ask, and why not."""


@cache
def _map() -> Map:
    return skeleton(is_command=False).url_map


def route_of(method: str, path: str) -> str:
    """The route that answers; "" where none does."""
    bare = re.sub(r"^/v1/(key|test)/[^/]+/", r"/v1/\1/-/", path.partition("?")[0])
    try:
        rule, _ = (
            _map().bind("127.0.0.1").match(urllib.parse.unquote(bare), method, return_rule=True)
        )
    except HTTPException:
        return ""
    return f"{'GET' if method == 'HEAD' else method} {rule.rule}"


def of_those_asked(asked: Iterable[tuple[str, str, int]]) -> tuple[set[str], set[str]]:
    """(routes that were asked, those that served something)."""
    found = [(route_of(method, path), status) for method, path, status in asked]
    return {one for one, _ in found}, {one for one, status in found if status < 400}


class Visit:
    """One after another; every answer must be as expected."""

    def __init__(self, sender: Sender, words: Canaries, bearer: dict[str, str]) -> None:
        self.sender, self.words, self.bearer = sender, words, bearer
        everything = words.put["a script's token for names too"]
        self.script = {"Authorization": f"Bearer {everything}"}
        self.project = f"/v1/projects/{sender.site.project_id}"
        self.pages = "/p/samleng"

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        by: dict[str, str] | None = None,
        kind: dict[str, str] = JSON,
        expected: tuple[int, ...] = (200, 201, 202, 204, 303),
    ) -> str:
        """What was answered, head and body; the search does not see it."""
        data = body if isinstance(body, bytes) else b"" if body is None else _encoded(body, kind)
        headers = {**(by or self.script), **(kind if data else {})}
        status = self.sender.ask(method, path, data, headers)
        told = self.sender.answers.pop()[1].decode("utf-8", "replace")
        assert status in expected, (method, path, status, told[-600:])
        return told

    # --- records
    def edits_and_compares(self, edit: bytes, files: dict[str, bytes]) -> None:
        forms = f"{self.project}/forms/sweep"
        record = f"{forms}/submissions/uuid:one"
        phone = {"X-Device": self.words.word("the serial of a phone that edits")}
        assert self.sender.send(edit, files, phone) == 201
        self.sender.answers.pop()
        for path in ("/diffs", "/diffs?purpose=work", "/attachments", "/comments", "/audits",
                     "/flags", "/versions/uuid:one", "/versions/uuid:one.xml?purpose=work",
                     "/versions/uuid:one/attachments"):  # fmt: skip
            self.ask("GET", f"{record}{path}")
        for path in ("", "/keys", "/submitters"):
            self.ask("GET", f"{forms}/submissions{path}")
        state = {"reviewState": "hasIssues"}
        self.ask("PATCH", record, state)
        self.ask("POST", f"{record}/flags", {"code": "age"})
        self.ask("PUT", record, edit.replace(b"uuid:edit", b"uuid:put").replace(
            b"<orx:deprecatedID>uuid:one<", b"<orx:deprecatedID>uuid:edit<"), kind={})  # fmt: skip
        self.ask("DELETE", record, by=self.bearer)
        self.ask("POST", f"{record}/restore", by=self.bearer)
        for rest in ("", "/$metadata", "/Submissions", "/Submissions('uuid:one')"):
            self.ask("GET", f"{forms}.svc{rest}")

    def removes_on_the_page(self) -> None:
        listed = self.ask("GET", f"{self.pages}/submissions?state=current", by=self.bearer)
        key = re.findall(r"/submissions/([0-9a-f-]{36})", listed)[-1]
        page = f"{self.pages}/submissions/{key}"
        seen = re.findall(rf'name="seen" value="({key}\.[a-z_]+)"', self.ask(
            "GET", page, by=self.bearer))[0]  # fmt: skip
        self.reviews(page, key, seen)
        self.ask("GET", f"{page}/remove", by=self.bearer)
        self.ask("POST", f"{page}/remove", {"reason": "practice"}, self.bearer, FORM)
        self.ask("POST", f"{page}/restore", {}, self.bearer, FORM)
        for path in ("quarantine", "readings", "withdrawals", "kept", "access", "people",
                     "trash", "counting"):  # fmt: skip
            self.ask("GET", f"{self.pages}/{path}", by=self.bearer)

    def reviews(self, page: str, key: str, seen: str) -> None:
        """The record at `page`, from whichever stage it is at."""
        words = self.words.word("what a reviewer says beside a decision")
        back = {"seen": seen, "decision": "returned", "reasons": "place", "words": words}
        self.ask("POST", f"{page}/decide", back, self.bearer, FORM)
        again = {"seen": f"{key}.returned", "decision": "reopen"}
        self.ask("POST", f"{page}/decide", again, self.bearer, FORM)
        seen = re.findall(rf"{key}\.[a-z_]+", self.ask("GET", page, by=self.bearer))[0]
        self.ask("POST", f"{page}/take", {"seen": seen}, self.bearer, FORM)
        self.ask("POST", f"{page}/let-go", {"seen": f"{key}.in_review"}, self.bearer, FORM)
        self.ask("POST", f"{page}/flags", {"flag": "age"}, self.bearer, FORM)
        said = {"body": self.words.word("what a reviewer says of a record")}
        self.ask("POST", f"{page}/comments", said, self.bearer, FORM)
        self.ask("GET", f"{page}/comments", by=self.bearer)
        many = {"chosen": seen, "decision": "returned", "reasons": "place"}
        self.ask("POST", f"{self.pages}/submissions", many, self.bearer, FORM)
        self.ask("GET", f"{self.project}/counting")
        counts = {"counting": "all_but_rejected"}
        self.ask("POST", f"{self.pages}/counting", counts, self.bearer, FORM)
        self.ask("PATCH", f"{self.project}/counting", counts, by=self.bearer)

    # --- drafts and Briefcase
    def tries_a_draft(self, token: str) -> None:
        forms = f"{self.project}/forms/sweep"
        for rest in ("/submissions", ".xml", "/attachments", "/fields", "/dataset-diff"):
            self.ask("GET", f"{forms}/draft{rest}")
        self.ask("GET", f"{forms}/dataset-diff")
        for rest in ("", "/$metadata", "/Submissions", "/Submissions('uuid:five')"):
            self.ask("GET", f"{forms}/draft.svc{rest}")
        place = f"/v1/test/{token}{self.project.removeprefix('/v1')}/forms/sweep/draft"
        for rest in ("/formList", ".xml", "/manifest"):
            self.ask("GET", f"{place}{rest}")
        told = self.words.word("a trial by a program")
        trial = (
            '<data xmlns:orx="http://openrosa.org/xforms" id="sweep" version="1">'
            f"<name>{told}</name><orx:meta><orx:instanceID>uuid:tried</orx:instanceID></orx:meta>"
            "</data>"
        )
        self.ask("POST", f"{forms}/draft/submissions", trial.encode(), kind={})
        one = "/uuid:tried"
        for rest in (".csv", ".csv.zip", one, f"{one}.xml", f"{one}/attachments"):
            self.ask("GET", f"{forms}/draft/submissions{rest}")
        self.ask("PATCH", f"{forms}/draft/attachments/swept.csv", {"dataset": True})
        self.ask("DELETE", f"{forms}/draft")

    def pulls_and_pushes(self, form: bytes, record: bytes, files: dict[str, bytes]) -> None:
        self.ask("GET", f"{self.project}/view/submissionList?formId=sweep")
        key = "sweep[@version=null and @uiVersion=null]/data[@key=uuid:one]"
        asked = urllib.parse.urlencode({"formId": key, "purpose": "work"})
        self.ask("GET", f"{self.project}/view/downloadSubmission?{asked}")
        self.ask("GET", f"{self.project}/formXml?formId=sweep")
        self.ask("GET", f"{self.project}/upload")
        named = f"{self.words.word('what a form is called on a computer')}.xml"
        body, kind = multipart(form, {}, xml_filename=named)
        body = body.replace(b'name="xml_submission_file"', b'name="form_def_file"')
        self.ask(
            "POST",
            f"{self.project}/formUpload?ignoreWarnings=true",
            body,
            kind={"Content-Type": kind},
        )
        body, kind = multipart(record, files)
        self.ask("POST", f"{self.project}/submission", body, kind={"Content-Type": kind})

    # --- lists
    def invites_somebody(self) -> None:
        name = self.words.word("known: the name of somebody of the team")
        asked = {"email": "invited@x.org", "name": name, "role": "analyst", "where": "all"}
        told = self.ask("POST", f"{self.pages}/people/new", asked, self.bearer, FORM)
        found = re.search(r"/setup/([\w-]+)", told)
        assert found
        self.words.keep("another link by which somebody comes in", found[1])

    def keeps_lists(self) -> None:
        word, lists = self.words.word, f"{self.project}/datasets"
        self.ask("POST", lists, {"name": "kept"})
        self.ask("POST", f"{lists}/kept/properties", {"name": "told"})
        self.ask("PATCH", f"{lists}/kept", {"approvalRequired": False})
        key = self.words.keep("known: the ID of an entity in an address", str(uuid.uuid4()))
        made = {
            "uuid": key, "label": word("an entity: label"), "data": {"told": word("an entity")},
        }  # fmt: skip
        one = f"{lists}/kept/entities/{key}"
        self.ask("POST", f"{lists}/kept/entities", made)
        changed = {"data": {"told": word("an entity: changed")}}
        self.ask("PATCH", f"{one}?baseVersion=1", changed)
        forced = {"label": word("an entity: by force")}
        self.ask("PATCH", f"{one}?force=true", forced)
        for rest in ("", "/versions", "/conflicts", "/diffs", "/audits", "/geojson"):
            self.ask("GET", f"{one}{rest}")
        settled = {"fields": {}, "baseVersion": 3}
        self.ask("POST", f"{one}/conflicts", settled, expected=(200, 400, 409))
        self.ask("DELETE", one)
        self.ask("POST", f"{one}/restore")
        for what in ("delete", "restore"):
            self.ask("POST", f"{lists}/kept/entities/bulk-{what}", {"ids": [key]})
        self._imports(lists)
        for rest in ("/entities", "/entities/creators", "/entities.csv", "/entities.geojson"):
            self.ask("GET", f"{lists}/kept{rest}")
        for rest in (".svc", ".svc/Entities", ".svc/$metadata"):
            self.ask("GET", f"{lists}/kept{rest}")

    def _imports(self, lists: str) -> None:
        word = self.words.word
        table = f"label,told\n{word('a row: label')},{word('a row: what it tells')}\n".encode()
        told = self.ask("POST", f"{lists}/kept/imports", table, kind={"Content-Type": "text/csv"},
                        expected=(200, 400))  # fmt: skip
        found = re.search(r'"(?:id|importId|import_id)": ?"([0-9a-f-]{36})"', told)
        if found:
            self.ask("DELETE", f"{lists}/kept/imports/{found[1]}")
        page = self.ask("GET", f"{self.pages}/lists", by=self.bearer)
        for number in sorted(set(re.findall(r"/lists/(\d+)", page))):
            self.ask("GET", f"{self.pages}/lists/{number}", by=self.bearer)
        named = f"{word('the name of a file of entities')}.csv"
        body, kind = multipart(table, {}, xml_filename=named)
        body = body.replace(b'name="xml_submission_file"', b'name="file"')
        self.ask("POST", f"{self.pages}/lists/{number}/import", body, self.bearer,
                 {"Content-Type": kind}, expected=(200, 303, 400))  # fmt: skip

    # --- files
    def pulls_files(self, second: dict[str, str]) -> None:
        for rest in READ:
            self.ask("GET", f"{self.project}/forms/sweep/submissions.{rest}?purpose=work")
        one = f"{self.project}/forms/sweep/submissions/uuid:one.geojson"
        self.ask("GET", f"{one}?purpose=work")
        for rest in ("csv", "csv.zip"):
            self.ask("POST", f"{self.project}/forms/sweep/submissions.{rest}?purpose=work")
        asked = {"form_id": "sweep", "words": "code", "purpose": "work"}
        runs = f"{self.pages}/exports"
        wanted = {}
        for kind in KINDS:
            told = self.ask(
                "POST", runs, {**asked, "kind": kind, "identity": "yes"}, self.bearer, FORM
            )
            found = re.search(r"#run-([0-9a-f-]{36})", told)
            assert found
            wanted[kind] = found[1]
            self.ask("POST", f"{runs}/{found[1]}/agree", {}, second, FORM)
        self._until_made(wanted)
        self.ask("POST", f"{runs}/{found[1]}/delete", {}, self.bearer, FORM)

    def _until_made(self, wanted: dict[str, str]) -> None:
        left, until = dict(wanted), time.monotonic() + 90
        while left:
            assert time.monotonic() < until, left
            for kind, run in [*left.items()]:
                path = f"{self.pages}/exports/{run}/file"
                self.ask("GET", path, by=self.bearer, expected=(200, 410))
                if self.sender.asked[-1][2] == 200:
                    del left[kind]
            time.sleep(0.5)  # the worker makes them

    # --- moving in
    def moves_in(self, address: str, token: str) -> None:
        self.ask("GET", f"{self.pages}/moving/new", by=self.bearer)
        asked = {
            "kind": "central", "address": address, "of_project": "7", "token": token, "dry": "no",
        }  # fmt: skip
        told = self.ask("POST", f"{self.pages}/moving/new", asked, self.bearer, FORM)
        run = self._until_it_ends(told)
        self.ask("GET", f"{self.pages}/moving", by=self.bearer)
        self.ask("POST", f"{run}/stop", {}, self.bearer, FORM)

    def moves_in_from_a_file(self) -> None:
        word = self.words.word
        asked = {"of": "entities:", "list_name": "moved"}
        told = self.ask("POST", f"{self.pages}/moving/file", asked, self.bearer, FORM)
        found = re.search(rf"{self.pages}/moving/[0-9a-f-]{{36}}", told)
        assert found
        table = f"label,told\n{word('a file by the page: label')},{word('a file: cell')}\n"
        name = f"{word('the name of a file that is brought')}.csv"
        body, kind = multipart(table, {}, xml_filename=name)
        body = body.replace(b'name="xml_submission_file"', b'name="file"')
        sent = {"Content-Type": kind}
        self.ask("POST", f"{found[0]}/file", body, self.bearer, sent)
        self._until_it_ends(found[0])
        self._until_it_ends(self.ask("POST", f"{found[0]}/bring", {}, self.bearer, FORM))

    def imports_casualties(self) -> None:
        """A list that names people, and holds a word that nobody knows: it stays where it came in,
        sealed, and the rows without it are taken back."""
        word = self.words.word
        asked = {"source": "cmvis", "order": "dmy"}
        told = self.ask("POST", f"{self.pages}/moving/casualties", asked, self.bearer, FORM)
        found = re.search(rf"{self.pages}/moving/[0-9a-f-]{{36}}", told)
        assert found
        name, device = word("a list of casualties: a name"), word("a list of casualties: a word")
        table = f"Name,Sex,Device type\n{name},M,UXO\n{name},F,{device}\n"
        body, kind = multipart(table, {}, xml_filename=f"{word('its file name')}.csv")
        body = body.replace(b'name="xml_submission_file"', b'name="file"')
        self.ask("POST", f"{found[0]}/file", body, self.bearer, {"Content-Type": kind})
        self._until_it_ends(found[0])
        read = {**asked, "heading": "Device type", "field": ""}
        run = self._until_it_ends(self.ask("POST", f"{found[0]}/reading", read, self.bearer, FORM))
        run = self._until_it_ends(self.ask("POST", f"{run}/bring", {}, self.bearer, FORM))
        self._until_it_ends(self.ask("POST", f"{run}/undo", {}, self.bearer, FORM))

    def _until_it_ends(self, told: str) -> str:
        """The page of the move that was told of."""
        found = re.search(rf"{self.pages}/moving/[0-9a-f-]{{36}}", told)
        assert found
        until = time.monotonic() + 60
        while "Refresh" in self.ask("GET", found[0], by=self.bearer):
            assert time.monotonic() < until
            time.sleep(0.2)
        return found[0]

    # --- and all the rest
    def asks_everywhere(self) -> None:
        """Each route, as a coordinator and as a script, with things that are not there."""
        for route in sorted(set(ROUTES) - set(NEVER)):
            method, rule = route.split(" ", 1)
            for name, by in (("a coordinator", self.bearer), ("a script", self.script)):
                self._ask_one(route, method, _filled(rule), name, {} if route in ENDS else by)

    def _ask_one(self, route: str, method: str, path: str, name: str, by: dict[str, str]) -> None:
        word = self.words.word
        canary = word(f"a field of {route} by {name}")
        headers = {
            **by, "X-Device": word(f"a header of {route} by {name}"),
            "X-Action-Notes": word(f"why {route} by {name}"),
        }  # fmt: skip
        body, kind = b"", {}
        if method in ("POST", "PUT", "PATCH"):
            kind = FORM if path.startswith(("/p/", "/account", "/sign")) else JSON
            fields = dict.fromkeys(("x", "name", "token", "address", "email", "label"), canary)
            body = _encoded(fields, kind)
        if method == "GET" and path.startswith("/v1"):
            path += f"?x={canary}"
        status = self.sender.ask(method, path, body, {**headers, **kind})
        assert status < 500, (route, status)
        if status < 400 or "/p/" in path:
            self.sender.answers.pop()  # shown to whoever may, or typed and shown again


ENDS = {
    "POST /sign-out", "DELETE /v1/sessions/current", "DELETE /v1/sessions/<token>",
    "POST /account/sessions/end",
}  # fmt: skip
VALUES = {
    "slug": "samleng", "project": "samleng", "form": "sweep", "form_id": "sweep",
    "dataset": "swept", "table": "Submissions", "record": "'uuid:nobody'", "inside": "x",
    "instance_id": "uuid:nobody", "version_id": "uuid:nobody", "name": "uuid-nobody",
    "attachment": "a.jpg", "file": "a.csv", "version": "1", "indicator_id": "I01", "role_id": "2",
    "kind": "persons", "source": "text", "place": "020401", "article": "CRPD-9",
    "token": "nobody", "ticket": "none", "item_id": "uuid:nobody",
}  # fmt: skip


def _filled(rule: str) -> str:
    def value(found: re.Match[str]) -> str:
        kind, name = found[1] or "", found[2]
        if name == "project_id":
            return "1"
        if kind.startswith("int"):
            return "99999"
        return NOBODY if kind == "uuid:" else VALUES.get(name, NOBODY)

    return re.sub(r"<(\w+:)?(\w+)>", value, rule)


def _encoded(body: object, kind: dict[str, str]) -> bytes:
    if kind is FORM:
        assert isinstance(body, dict)
        return urllib.parse.urlencode(body).encode()
    return json.dumps(body).encode()
