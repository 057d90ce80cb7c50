"""A file of tellings that was damaged on its way, or made by somebody who means ill.

Made here by the words of docs/testimonies.md, with another library than the browser's: what opens
is brought in whole, what does not is counted, what waits in the browser stays as it is.
"""

from __future__ import annotations

import base64
import json
import os
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from playwright.sync_api import Page, expect

from tests.web.browser.conftest import Site
from tests.web.browser.test_telling import PASSPHRASE, come_in, told, unlock

pytestmark = pytest.mark.browser
__all__ = ["told"]

DAMAGES = int(os.environ.get("DAMAGES", "150"))
ROUNDS = 1000  # of the browser's 600,000: the file says how many
VOICE = b"RIFF....WAVE" * 40


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass(frozen=True)
class Made:
    """A file, and how its maker locks more."""

    whole: dict[str, Any]
    key: AESGCM

    def box(self, place: str, data: bytes) -> dict[str, str]:
        iv = os.urandom(12)
        return {"iv": text(iv), "data": text(self.key.encrypt(iv, data, place.encode()))}

    def row(self, item: Any, files: list[bytes], key: str) -> dict[str, Any]:
        boxes = [self.box(f"{key}/{number}", data) for number, data in enumerate(files)]
        return {"id": key, "item": self.box(key, json.dumps(item).encode()), "files": boxes}


def a_telling(**more: Any) -> dict[str, Any]:
    return {
        "id": f"uuid:{uuid.uuid4()}", "form_id": "testimony", "version": "2026112702",
        "recorded_at": "2026-11-28T03:00:00.000Z", "answers": {"today": "2026-11-28"},
        "attachments": ["audio-1.wav"],
    } | more  # fmt: skip


def a_file(items: int = 3) -> Made:
    salt = os.urandom(16)
    way = PBKDF2HMAC(algorithm=SHA256(), length=32, salt=salt, iterations=ROUNDS)
    key = AESGCM(way.derive(PASSPHRASE.encode()))
    made = Made({"format": "samleng-telling-1", "salt": text(salt), "rounds": ROUNDS}, key)
    tellings = [a_telling() for _ in range(items)]
    made.whole["items"] = [made.row(one, [VOICE], one["id"]) for one in tellings]
    return made


def damaged(said: bytes, chance: random.Random) -> bytes:
    """Somewhere, somehow: what a cable, a cut or a hand does to a file."""
    at, length = chance.randrange(len(said)), chance.choice((1, 1, 2, 16, 300))
    flipped = bytes([said[at] ^ (1 << chance.randrange(8))])
    return {
        "changed": lambda: said[:at] + flipped + said[at + 1 :],
        "cut": lambda: said[:at],
        "lost": lambda: said[:at] + said[at + length :],
        "doubled": lambda: said[:at] + said[at : at + length] * 2 + said[at + length :],
        "noise": lambda: said[:at] + chance.randbytes(length) + said[at + length :],
    }[chance.choice(("changed", "changed", "cut", "lost", "doubled", "noise"))]()  # fmt: skip


BRING = """async ([said, passphrase]) => {
    const bytes = Uint8Array.from(atob(said), (sign) => sign.charCodeAt(0));
    let became;
    try { became = await Locker.fromFile(await new Blob([bytes]).text(), passphrase); }
    catch { became = "refused"; }
    const here = {};
    for (const row of await Locker.list()) {
        const { item, files } = await Locker.take(row.id);
        here[row.id] = { item, files: files.map((one) => btoa(String.fromCharCode(...one))) };
    }
    return { became, here };
}"""
EMPTY = """async () => new Promise((done) => {
    const open = indexedDB.open("samleng-telling-battambang");
    open.onsuccess = () => {
        const work = open.result.transaction("items", "readwrite");
        work.objectStore("items").clear();
        work.oncomplete = done;
    };
})"""


def bring(page: Page, said: bytes) -> tuple[int | str, dict[str, Any]]:
    """(how many did not open, or "refused"; what waits afterwards, opened)."""
    answer = page.evaluate(BRING, [text(said), PASSPHRASE])
    return answer["became"], answer["here"]


def held(made: Made) -> dict[str, Any]:
    """What the file holds, opened by its maker's key."""
    found = {}
    for row in made.whole["items"]:
        opened = made.key.decrypt(*(base64.b64decode(row["item"][one]) for one in ("iv", "data")),
                                  row["id"].encode())  # fmt: skip
        found[row["id"]] = {"item": json.loads(opened), "files": [text(VOICE)]}
    return found


@pytest.fixture
def unlocked(page: Page, told: Site) -> Iterator[Page]:
    come_in(page, told)
    unlock(page, is_new=True)
    page.context.set_offline(True)
    faults: list[object] = []
    page.on("pageerror", lambda fault: faults.append(fault))  # noqa: PLW0108 - playwright wants a function
    yield page
    assert faults == []


def test_of_a_damaged_file_comes_what_opens_and_nothing_else(unlocked: Page) -> None:
    waiting, carried = a_file(1), a_file()
    assert bring(unlocked, json.dumps(waiting.whole).encode()) == (0, held(waiting))
    said, all_of_it = json.dumps(carried.whole).encode(), held(carried)
    chance = random.Random("samleng")
    seen = set()
    for number in range(DAMAGES):
        became, here = bring(unlocked, damaged(said, chance))
        case = f"damage {number}"
        assert here.pop(*held(waiting)) == next(iter(held(waiting).values())), case
        assert all(all_of_it.get(key) == one for key, one in here.items()), case
        if became == "refused":
            assert here == {}, case
        else:
            assert became >= len(all_of_it) - len(here) - 1, case  # one may have gone unseen
        seen.add((became, len(here)))
        unlocked.evaluate(EMPTY)
        bring(unlocked, json.dumps(waiting.whole).encode())
    assert {("refused", 0), (1, 2)} <= seen, "each happened, or it is no test"


def taken_out(made: Made) -> None:
    made.whole["items"][0]["files"].pop()


def of_another(made: Made) -> None:
    one, other = made.whole["items"][:2]
    one["item"], other["item"] = other["item"], one["item"]


def two_alike(made: Made) -> None:
    made.whole["items"][0] = {**made.whole["items"][1], "id": made.whole["items"][0]["id"]}


def as_another(**more: Any) -> Callable[[Made], None]:
    def change(made: Made) -> None:
        item = a_telling(**more)
        if "id" not in more:
            item["id"] = made.whole["items"][0]["id"]
        made.whole["items"][0] = made.row(item, [VOICE], item["id"])

    return change


CHANGES = (
    taken_out,
    of_another,
    two_alike,
    as_another(id="../../v1/users"),
    as_another(id="__proto__"),
    as_another(attachments="audio-1.wav"),
    as_another(attachments=[{"name": "audio-1.wav"}]),
    as_another(attachments=[]),
    as_another(answers=None),
    as_another(form_id=7),
)


def test_what_no_page_wrote_is_left_out_though_its_maker_has_the_passphrase(
    unlocked: Page,
) -> None:
    for number, change in enumerate(CHANGES):
        made = a_file()
        change(made)
        became, here = bring(unlocked, json.dumps(made.whole).encode())
        assert became == (2 if change is of_another else 1), number
        assert len(here) == 3 - became, number
        assert all(one["files"] == [text(VOICE)] for one in here.values()), number
        unlocked.evaluate(EMPTY)


NO_FILES = (
    b"", b"null", b"[]", b"7", b'"samleng-telling-1"', b"{}", b"\xff\xfe{}", b"PK\x03\x04",
    b'{"format": "samleng-telling-1", "rounds": 1e99, "salt": "", "items": []}',
    b'{"format": "samleng-telling-1", "rounds": -1, "salt": "", "items": []}',
    b'{"format": "samleng-telling-1", "rounds": 1000, "salt": "AAAA", "items": 7}',
)  # fmt: skip


def test_what_is_no_such_file_is_refused(unlocked: Page) -> None:
    for said in NO_FILES:
        assert bring(unlocked, said) == ("refused", {}), said


def test_the_page_says_that_a_part_is_damaged(unlocked: Page) -> None:
    made = a_file()
    taken_out(made)
    unlocked.click("details:has(#bringing) summary")
    file = {"name": "a.samleng", "mimeType": "", "buffer": json.dumps(made.whole).encode()}
    unlocked.set_input_files("#bring-file", file)
    unlocked.fill("#bring-passphrase", PASSPHRASE)
    unlocked.click("#bringing button")
    expect(unlocked.locator("#queue-rows li")).to_have_count(2)
    expect(unlocked.locator("main")).to_contain_text("a part of the file is damaged")
