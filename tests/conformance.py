"""What phones and programs rely on, statement by statement, and which tests show it.

A test that shows a statement, or a part of it, carries its number in its name (`test_c33_…`, several:
`test_c36_c37_…`, after numbers of security: `test_s20_c50_…`). `make docs` writes docs/conformance.md
from both.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).parent
NAMED = re.compile(r"^(?:    )?def (test_((?:[sc]\d\d_)+)\w+)", re.M)
INTRO = """\
How devices and programs of the ODK family speak, in numbered statements; tests carry the numbers in \
their names. A statement without a test counts as not met, whatever the code does. What a phone can see of them (1 to 69 and 72, without the drills 57 and 59 to 62, which have servers of their own) a simulated Collect goes through against a server that runs, on both databases: `tests/clients/device_checks`. It answers Digest as okhttp-digest does; OkHttp 3.13 itself was tried by hand on 27 November 2026. What is meant in \
detail: [device-sync.md](device-sync.md), [api.md](api.md), [pulling-data.md](pulling-data.md).
"""

STATEMENTS: dict[str, tuple[str, ...]] = {
    "Form list": (
        "`formList` answers 200, `text/xml; charset=utf-8`, with all OpenRosa headers.",
        "Root element and namespace are exact.",
        "`formID` filters: a match gives one, no match an empty 200; case counts.",
        "`verbose` adds the description only when it is `true`.",
        "Unknown and repeated parameters are ignored.",
        "Every `hash` is the MD5 of what its `downloadUrl` gives, packed or not.",
        "No `hash`, `name`, `formID` or `downloadUrl` is empty, whatever the form.",
        "`&`, `<`, quotes, emoji and right-to-left text survive in names.",
        "Addresses use the public origin and the caller's own token.",
        "Forms that are closing, closed, drafts or deleted are absent.",
        "A valid caller without forms gets an empty 200.",
        "A caller who is switched off, or a database that is away, never gets a 200.",
        "`HEAD`: 2xx with credentials that hold, 401 or 403 with others.",
        "`If-None-Match`, weak or strong, gives 304 with the same ETag; a publication changes it at once.",
        "A slash more or doubled gives the same reply, without redirect.",
        "No `Vary: Authorization` or `*`; `Cache-Control: private, no-cache`.",
    ),
    "Form, manifest, media": (
        "Form XML is what was published, byte for byte, at each request.",
        "`manifestUrl` is left out exactly where no file is served.",
        "Every entry has three children that are not empty, and an `md5:` hash.",
        "The MD5 of a file is that of its manifest entry.",
        "Files that were not uploaded are left out.",
        "Entity lists have `type` and `integrityUrl`; those that want approval are `approvalEntityList`.",
        "The CSV of a list has its header without rows; no row lacks name, label or version.",
        "Its hash changes with every creation, change, deletion and new property.",
        "Integrity: deleted is `true`, live is `false`, unknown is not `true`; 500 ids succeed.",
        "`deviceID` on any address changes nothing.",
        "`Range` gives 206, and the whole without it.",
    ),
    "Preflight": (
        "`HEAD submission` is 204, empty, with all headers and a `Location` on the same host, without query or `%`.",
        "`GET submission` is 204.",
        "The size announced differs by family of client.",
        "`HEAD` without credentials at the named base is 401 with a challenge; with a bad token 403 without one.",
    ),
    "Sending": (
        "A new record is 201: a well-formed body, with the exact sentence that Collect translates.",
        "The same bytes again are 202, and one record.",
        "White space that differs is the same record: 202.",
        "A repeat with a new file is 201, and the file is added.",
        "Two batches of one record are one record with both files.",
        "The marker, and nothing missing: complete. No marker, and a file missing: incomplete.",
        "All files in every batch make no duplicates.",
        "Files before the XML part are taken.",
        "An XML part without file name, of 2 MB, is taken.",
        "Where field name and file name differ, files are found by file name.",
        "Unicode, NFD, quotes, blanks and long names come back as they were; `../` harms nothing.",
        "The same name with other bytes replaces; the old is kept.",
        "A file that no answer names is not stored.",
        "The same content for two questions is there for both.",
        "Other answers under the same ID are 202: the first unchanged, the other queued with its own files; whoever coordinates is told of each on *Today*, sees what it says otherwise, and decides.",
        "The 51st such copy is 409.",
        "20 copies at once are one record, and every reply is 2xx.",
        "A record without ID, sent twice, is one record.",
        "No XML part, bad XML, a cut body or a wrong boundary is 400 with a message, and nothing is stored.",
        "Unknown form 404; unknown version 201, flagged; closed 409; closing 201.",
        "A removed record that is sent again is 202, and stays removed.",
        "An edit of the current version is 201: version 2, with the files it still names.",
        "An edit sent again with a file that was missing is topped up.",
        "An edit of what has not come is 202, and linked when it comes.",
        "An edit of what was replaced is 202, and queued.",
        "An encrypted record expects the files of its envelope, in order; plain ones beside it are dropped; without ID it is 400.",
        "150 files, one of 205 MB, a chunked body, HTTP/1.0 and `Expect: 100-continue` succeed through the documented proxy.",
        "A body over the cap is 413 with an XML message, without a reset.",
        "The reply comes within two seconds of the last byte, with the jobs at a standstill.",
        "Killed between commit and reply: sent again it is 202, and one record.",
        "Killed before the commit: nothing is seen, and sent again it is 201.",
        "No device route answers a POST with 200, 204 or a redirect.",
        "Every 4xx and 5xx, of the proxy too, has an OpenRosa message without the token.",
        "A `Date` header that is garbage, localised or absent is accepted.",
    ),
    "Credentials and enrolment": (
        "Basic, Digest where it is on, and token each pass list, download and submission.",
        "Digest: encoded queries verify; a nonce outlives a restart and other processes; an old one is `stale=true`, and the upload comes once more.",
        "Empty Basic credentials are 401.",
        "A revoked token is 403 for every method, without challenge, from the next second.",
        "The token is in no log and no Referer.",
        "The QR code unpacks (Base64, zlib) to JSON that passes Collect's published schema of settings, with `general` and `admin`: at most 4,000 characters, no slash at the end of the address.",
        "The alias `/{slug}` works for list and submission.",
    ),
    "Reading records": (
        "Every type of answer, odd offsets, trailing `;` and points without altitude are read.",
        "A `jr:template` is no row; nested repeats keep their order and IDs.",
        "Meta is read in its own namespace and in the default one.",
        "A `last-saved` instance asks for no file.",
        "Audit logs with BOM, ragged rows and further columns are read.",
        "Create, update, update of an entity in all six orders end in one state.",
        "A change on the server meanwhile is a soft or a hard conflict.",
        "Entities of repeats: one that is bad, and none is applied; the error is seen.",
    ),
    "Pulling and programs": (
        "Briefcase walks over 250 records without gaps while others come in.",
        "All three spellings of `@version` resolve.",
        "The `__id` of OData's repeats is Central's.",
        "`$top` and `nextLink` walk through all while records come and go.",
        "`$filter`: every field and operator; unsupported 501; broken 400.",
        "CSV headers are Central's, byte for byte: flat forms, groups, repeats, multiple choices, places.",
        "pyODK passes: projects, forms, app users, records (those of public links among them), reviews, comments, tables, entity lists, merge.",
        "REST: a record that is there already is 409.",
        "`True` and `False` are accepted in queries.",
        "Every GET of a collection honours its ETag.",
    ),
}
PARTLY: dict[int, str] = {
    50: "bad XML of a known phone is 202, and kept whole for a person: a phone cannot mend it "
    "(`test_unreadable_xml_is_kept_whole_in_quarantine`).",
    71: "against the types and words of that schema, written down by hand and compared with the "
    "file itself (getodk/collect, 20 August 2026), which is not here.",
}
"""What is shown in part, and what is lacking."""


def proofs() -> dict[int, list[str]]:
    """{number: names of the tests that carry it}."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for name, numbers in NAMED.findall(path.read_text("utf-8")):
            for number in re.findall(r"c(\d\d)_", numbers):
                found[int(number)].append(name)
    return found


def page() -> str:
    """The page, from the statements and the tests."""
    shown, number, parts = proofs(), 0, []
    whole = sum(
        n in shown and n not in PARTLY for n in range(1, sum(map(len, STATEMENTS.values())) + 1)
    )
    for title, statements in STATEMENTS.items():
        lines = [f"## {title}", "", "| | Statement | Shown by |", "|---|---|---|"]
        for statement in statements:
            number += 1
            told = "<br>".join(f"`{name}`" for name in shown.get(number, ())) or "**Not shown.**"
            if number in PARTLY:
                told += f"<br>**In part:** {PARTLY[number]}"
            lines.append(f"| {number} | {statement} | {told} |")
        parts.append("\n".join(lines))
    return f"{INTRO}\n{whole} of {number} are shown whole.\n\n" + "\n\n".join(parts) + "\n"
