"""A package is made for whom the petition is handed over to; each is an entry of the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.facts import places
from service.foundation import audit
from service.foundation.db import of_one_moment, reading, unit_of_work
from service.foundation.formats import zip_stream
from service.foundation.problems import INVALID_PARAMETER, PRODUCT_CHANGED, Problem
from service.persons.actions import today
from service.treaty import heads, petition
from service.treaty.actions import enclosing, settling, telling
from service.treaty.actions.telling import NONE, Tally
from service.treaty.custody import Step
from service.treaty.petition import Contents, Steps
from service.treaty.queries import log, paper
from service.treaty.status import Status

REGISTER = ("number", "text", "printed_lines", "filled_lines", "step", "counts", "sealed_in")
LONGEST_LETTER = 6_000
TURNS = 3
"""How often a package is gathered and drawn, before somebody is told to ask again."""
Words = Mapping[str, str]
Rows = list[list[object]]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """For whom, with which letter, in which language."""

    addressee: str
    letter: str
    language: str
    address: str
    """Where the tally stands for anybody."""
    seal: str = ""
    """Number of the seal of the envelope with the paper that goes along; "": none goes."""


def make(
    actor: Actor,
    project_id: int,
    wanted: Wanted,
    words: Callable[[Tally], Words],
    public_key: bytes,
) -> Iterator[bytes]:
    """A ZIP, packed as it is read: gathered by whoever reads and drawn outside any transaction; it
    leaves once the entry is written. `words`: what is said in it, by the tally. Raises
    INVALID_PARAMETER, NOT_FOUND where nobody collects."""
    policy.demand(actor, Act.TREATY_MANAGE, project_id=project_id)
    if not wanted.addressee or not wanted.letter:
        reason = "for whom, and a letter"
        raise Problem(INVALID_PARAMETER, name="addressee", reason=reason)
    for _ in range(TURNS):
        with reading() as session:
            of_one_moment(session)
            found = telling.tally(session, project_id)
            if found.campaign is None or found.statement is None:
                raise Problem(INVALID_PARAMETER, name="campaign", reason="a campaign with a text")
            contents = _contents(session, project_id, wanted, words(found), found, public_key)
        if wanted.seal and not contents.about["sealed_sheets"]:
            raise Problem(INVALID_PARAMETER, name="seal", reason="no sheet may go along")
        members = petition.members(contents)
        with unit_of_work() as session:
            may_leave = _let_out(session, actor, project_id, wanted, contents)
        if may_leave:
            return zip_stream.stream(members)
    raise Problem(PRODUCT_CHANGED)


def _let_out(
    session: Session, actor: Actor, project_id: int, wanted: Wanted, contents: Contents
) -> bool:
    """False where another sheet goes along by now than when it was gathered: whoever took back
    stands on none that does."""
    if wanted.seal and _sheets(session, project_id, wanted.seal)[0] != contents.tables["sheets"][1]:
        return False
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.TREATY_MANAGE,
        subject=project_id,
        what="package",
        signatures=contents.about["signatures"],
        log=contents.about["log_size"],
        sealed_sheets=contents.about["sealed_sheets"],
    )
    return True


def _contents(
    session: Session,
    project_id: int,
    wanted: Wanted,
    words: Words,
    found: Tally,
    public_key: bytes,
) -> Contents:
    head = found.head or NONE
    sheets, steps = _sheets(session, project_id, wanted.seal)
    sealed = sum(bool(one[-1]) for one in sheets)
    key = heads.verifier_key(public_key, project_id)
    tables = {
        "signatures": (("status", "count"), [[one, n] for one, n in found.counts.items()]),
        "provinces": (("code", "name_en", "name_km", "count", "status"), _provinces(found)),
        "sheets": (REGISTER, sheets),
        "custody": (("number", "step", "day", "filled_lines", "by"), steps),
        "reported": (
            ("source", "day", "scope", "count"),
            [[one.source, one.reported_on.isoformat(), one.scope, one.count]
             for one in found.reported],
        ),
    }  # fmt: skip
    lines = b"".join(line + b"\n" for line in log.lines(session, project_id, 0, head.size))
    notes = "".join(telling.notes(session, project_id, public_key)).encode()
    return Contents(
        told=_told(wanted, words, found, key, _steps(session, project_id, words, sealed)),
        about={
            "title": found.campaign.title_en if found.campaign else "",
            "addressee": wanted.addressee,
            "made_on": today().isoformat(),
            "signatures": found.counts[Status.VALID],
            "stand_out": found.stand_out,
            "log_size": head.size,
            "log_root": head.root.hex(),
            "key": key,
            "names": "none: who wants to see marks is shown the paper",
            "sealed_sheets": sealed,
            "sealed_in": wanted.seal,
        },
        tables=tables,
        log={"lines": lines, "heads": notes, "key": key.encode()},
    )


def _provinces(found: Tally) -> Rows:
    gazetteer = places.load()
    rows: Rows = []
    for cell in found.by_province.as_dict()["cells"]:
        code = cell["province"]
        names = [gazetteer.name(code, "en"), gazetteer.name(code, "km")]
        rows.append([code, *names, "" if cell["hidden"] else cell["n"], "c" * cell["hidden"]])
    return rows


def _sheets(session: Session, project_id: int, seal: str) -> tuple[Rows, Rows]:
    """The register, and what each went through: numbers, and nobody's name or place."""
    keyed = telling.keyed(session, project_id)
    agreed = enclosing.versions(session, project_id) if seal else frozenset()
    register, steps, people = list[list[object]](), list[list[object]](), Steps()
    for page in paper.pages(session, project_id, [*Step]):
        gone_through = paper.steps_of(session, project_id, [one.number for one in page])
        along = enclosing.numbers(session, project_id, agreed, page, keyed)
        for one in page:
            counts = int(settling.adds_up(keyed.get(one.number, []), one))
            told = [one.number, one.statement, one.rows, one.lines, one.step.value, counts]
            register.append([*told, seal if one.number in along else ""])
            for step in gone_through[one.number]:
                by = people.called(step.by_id)
                day = step.at.astimezone(dt.UTC).date().isoformat()
                steps.append([step.number, step.step.value, day, step.lines, by])
    return register, steps


def _steps(session: Session, project_id: int, words: Words, sealed: int) -> list[list[str]]:
    counts = paper.count_by_step(session, project_id)
    told = [[words[f"step_{one.value}"], f"{counts.get(one, 0):,}"] for one in Step]
    return [*told, [words["sealed"], f"{sealed:,}"]] if sealed else told


def _told(
    wanted: Wanted, words: Words, found: Tally, key: str, steps: list[list[str]]
) -> dict[str, object]:
    campaign, statement, head = found.campaign, found.statement, found.head or NONE
    if campaign is None or statement is None:
        raise AssertionError("asked for before")
    is_khmer = wanted.language == "km"
    mine, other = (statement.km, statement.en) if is_khmer else (statement.en, statement.km)
    names = {code: places.load().name(code, wanted.language) for code in _codes(found)}
    return {
        "language": wanted.language,
        "other-language": "en" if is_khmer else "km",
        "day": today().isoformat(),
        "addressee": wanted.addressee,
        "letter": wanted.letter.splitlines(),
        "title": campaign.title_km if is_khmer else campaign.title_en,
        "number": f"{found.counts[Status.VALID]:,}",
        "sure": words["sure"],
        "version": statement.version,
        "statement": mine.splitlines(),
        "statement-other": other.splitlines(),
        "words": dict(words),
        "statuses": [
            [words[f"now_{one.value}"], f"{found.counts[one.value]:,}"]
            for one in Status
            if found.counts[one.value] or one is Status.VALID
        ],
        "provinces": [
            [names[cell["province"]], words["cell"] if cell["hidden"] else f"{cell['n']:,}"]
            for cell in found.by_province.as_dict()["cells"]
        ],
        "steps": steps,
        "reported": [
            [f"{one.reported_on.isoformat()}: {one.source}, {one.scope}", f"{one.count:,}"]
            for one in found.reported
        ],
        "how": [words[name] for name in ("once", "leaders", "minors", "paper_counts", "back")],
        "size": f"{head.size:,}",
        "root": head.root.hex(),
        "key": key,
        "address": wanted.address,
    }


def _codes(found: Tally) -> list[str]:
    return [cell["province"] for cell in found.by_province.as_dict()["cells"]]
