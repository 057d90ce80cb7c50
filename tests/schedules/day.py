"""A day of one team in the field, as the steps that its phones and its tablet take: the same day
for every team, but for the ids that are made on the spot.

Every record that is sent in parts, corrected, or goes on from another is here once. Nothing is
said of the order: a step names only what it cannot come before (`after`), which is hardly
ever anything.
"""

from __future__ import annotations

import dataclasses
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.cli.demo import people, phone_xml
from tests.clients.households import Household, household, needs_assessment
from tests.entity_forms import a_household, a_record
from tests.factories import an_instance

F1, F3A = "needs_assessment", "treaty_signature"
VISITED, AGAIN, CORRECTED = household(7), household(12), household(9)
"""Of F1; of the drill form; what the second became by two edits, but for its photos."""
PHOTO, SOUND = bytes(range(256)) * 12, b"a song" * 50
PIECES = 3


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that a device does, and may do again. `after`: steps that came before it once."""

    name: str
    after: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Post(Step):
    """What a phone sends, with some of its files or all."""

    xml: bytes = field(repr=False)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Push(Step):
    """What the tablet sends: a batch of JSON sync."""

    items: Sequence[Mapping[str, Any]] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Piece(Step):
    """The tablet asks how much of the file is here, and sends the next piece of it."""

    item_id: str
    file: str
    content: bytes = field(repr=False)
    number: int


@dataclass(frozen=True, kw_only=True)
class Stray(Piece):
    """A piece whose answer was lost, once more: in place or out of it."""


@dataclass(frozen=True, kw_only=True)
class Day:
    """`names`: every id of this team to what it is called in all of them."""

    steps: Mapping[str, Step]
    names: Mapping[str, str]


class _Ids:
    def __init__(self, team: str) -> None:
        self._team, self.names = team, dict[str, str]()

    def __call__(self, name: str) -> str:
        chance = random.Random(f"{self._team} {name}")
        made = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        self.names[made] = f"<{name}>"
        return made


def day(team: str, versions: Mapping[str, str], parts: Sequence[str]) -> Day:
    """Some of `PARTS`, or all. `versions`: those of F1 and F3a that are published."""
    new = _Ids(team)
    steps = [step for part in parts for step in PARTS[part](new, versions)]
    return Day(steps={step.name: step for step in steps}, names=new.names)


def _forms(new: _Ids, versions: Mapping[str, str]) -> list[Step]:
    visited = dataclasses.replace(VISITED, instance_id=f"uuid:{new('f1')}")
    signed = dataclasses.replace(people.signer(1, 4), instance_id=f"uuid:{new('f3a')}")
    return [
        Post(name="f1", xml=needs_assessment(visited, F1, versions[F1]).xml),
        Post(name="f3a", xml=phone_xml.instance(signed, versions[F3A])),
    ]


def _photos(new: _Ids, _versions: Mapping[str, str]) -> list[Step]:
    """One record that comes in three posts, of which the last has all."""
    xml = an_instance(f"uuid:{new('photos')}", photo="រូប.jpg", sound="a.m4a").encode()
    files = {"រូប.jpg": PHOTO, "a.m4a": SOUND}
    return [
        Post(name="photos", xml=xml),
        *(Post(name=f"photos {n}", xml=xml, files={n: b}) for n, b in files.items()),
        Post(name="photos all", xml=xml, files=files),
    ]


def _edits(new: _Ids, _versions: Mapping[str, str]) -> list[Step]:
    """A record, its edit, and the edit of that. The files come with the first and stay."""
    told = [AGAIN, AGAIN, dataclasses.replace(AGAIN, persons=CORRECTED.persons)]
    steps: list[Step] = []
    before = ""
    for number, each in enumerate(told, start=1):
        here = f"uuid:{new(f'edit {number}')}"
        steps += _version(f"edit {number}", dataclasses.replace(each, instance_id=here), before)
        before = here
    return steps


def _version(name: str, told: Household, before: str) -> list[Step]:
    xml, deprecated = told.record.xml, f"<orx:deprecatedID>{before}</orx:deprecatedID>"
    if before:
        return [
            Post(name=name, xml=xml.replace(b"</orx:meta>", f"{deprecated}</orx:meta>".encode()))
        ]
    return [Post(name=name, xml=xml), Post(name=f"{name} files", xml=xml, files=told.photos)]


def _registered(new: _Ids, _versions: Mapping[str, str]) -> list[Step]:
    """A phone registers somebody, corrects that, and visits twice, all without a network."""
    who, branch, first = new("somebody"), new("branch"), f"uuid:{new('registration')}"

    def visit(step: str, base: int, **answers: str) -> Step:
        said = a_record(
            who, answers, update="1", baseVersion=base, trunkVersion="", branchId=branch,
            instance_id=f"uuid:{new(step)}",
        )  # fmt: skip
        return Post(name=step, xml=said.encode())

    made = a_record(
        who, {"name": "សុខ", "age": "44"}, label="សុខ ដារ៉ា", create="1", branchId=branch,
        baseVersion="", trunkVersion="", instance_id=first,
    )  # fmt: skip
    edited = made.replace(first, f"uuid:{new('registration corrected')}").replace(">44<", ">45<")
    edited = edited.replace("<orx:meta>", f"<orx:meta><orx:deprecatedID>{first}</orx:deprecatedID>")
    return [
        Post(name="registration", xml=made.encode()),
        Post(name="registration corrected", xml=edited.encode()),
        visit("visit 1", 1, village="អូរតាគាំ"),
        visit("visit 2", 2, name="សុខ ដារ៉ា", age="46"),
        visit("visit 3", 3, village="ព្រែក"),
    ]


def _of_one_household(new: _Ids, _versions: Mapping[str, str]) -> list[Step]:
    """Three entities of one record, and a visit by a phone that knows no branches."""
    members = [(new("member 1"), "ស៊ីថា"), (new("member 2"), "ម៉ាលី")]
    made = a_household("H1", *members, household_id=new("household"))
    inner = made.partition("instanceID>uuid:")[2][:36]
    visit = a_record(
        members[0][0], {"age": "9"}, update="1", baseVersion=1,
        instance_id=f"uuid:{new('member visited')}",
    )  # fmt: skip
    return [
        Post(name="members", xml=made.replace(inner, new("members")).encode()),
        Post(name="member visited", xml=visit.encode()),
    ]


def _soft(new: _Ids, _versions: Mapping[str, str]) -> list[Step]:
    return _two_phones(new, "soft", {"name": "ចាន់"})


def _hard(new: _Ids, _versions: Mapping[str, str]) -> list[Step]:
    return _two_phones(new, "hard", {"age": "51"})


def _two_phones(new: _Ids, how: str, theirs: Mapping[str, str]) -> list[Step]:
    """Somebody of a list that two phones took along, each going on without the other."""
    who, first, second = new(how), new(f"{how} one"), new(f"{how} other")
    made = a_record(
        who, {"name": "ចាន់ថា", "age": "44"}, label="ចាន់ថា", create="1", baseVersion="",
        instance_id=f"uuid:{new(f'{how} made')}",
    )  # fmt: skip
    steps: list[Step] = [Post(name=f"{how} made", xml=made.encode())]
    for name, branch, base, answers in (
        ("one 1", first, 1, {"age": "50"}),
        ("one 2", first, 2, {"village": "ព្រែក"}),
        ("other 1", second, 1, theirs),
        ("other 2", second, 2, {}),
    ):
        said = a_record(
            who, answers, update="1", baseVersion=base, trunkVersion=1, branchId=branch,
            instance_id=f"uuid:{new(f'{how} {name}')}",
        )  # fmt: skip
        steps.append(Post(name=f"{how} {name}", xml=said.encode()))
    return steps


def _tablet(new: _Ids, _versions: Mapping[str, str]) -> list[Step]:
    """Two items, of which the second edits the first, and their files in pieces."""
    first, second, late = new("item 1"), new("item 2"), new("item 3")

    def item(key: str, village: str, photo: str = "a.jpg", **more: Any) -> dict[str, Any]:
        answers = {"village": village, "photo": photo, "member": [{"age": 44}]}
        return {"id": key, "form_id": "visit", "version": "1", "answers": answers} | more

    items = [item(first, "ព្រែក"), item(second, "អូរតាគាំ", edits=first), item(late, "ព្រែក", "b.jpg")]
    names = ("item 1", "item 2", "item 3")
    steps: list[Step] = [
        Push(name=name, items=[one]) for name, one in zip(names, items, strict=True)
    ]
    for key, of, file, content in (
        (first, "item 1", "a.jpg", PHOTO),
        (late, "item 3", "b.jpg", SOUND),
    ):
        of_file: Mapping[str, Any] = {
            "item_id": key, "file": file, "content": content, "after": (of,),
        }  # fmt: skip
        steps += [Piece(name=f"{file} {n}", number=n, **of_file) for n in range(PIECES)]
        steps += [Stray(name=f"{file} stray {n}", number=n, **of_file) for n in range(PIECES)]
    return [*steps, Push(name="items", items=items)]


def _one_id_twice(new: _Ids, _versions: Mapping[str, str]) -> list[Step]:
    """Two records under one id: which of them stands, who came first says; both are kept."""
    here = f"uuid:{new('twice')}"
    return [
        Post(name=f"twice {n}", xml=an_instance(here, village=village).encode())
        for n, village in enumerate(("ព្រែក", "អូរតាគាំ"))
    ]


PARTS: Mapping[str, Callable[[_Ids, Mapping[str, str]], list[Step]]] = {
    "forms": _forms,
    "photos": _photos,
    "edits": _edits,
    "registered": _registered,
    "household": _of_one_household,
    "two phones": _soft,
    "two that disagree": _hard,
    "tablet": _tablet,
    "one id twice": _one_id_twice,
}
"""What a day is made of. No part knows of another."""
WHOLE = tuple(PARTS)
