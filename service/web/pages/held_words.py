"""Roles as people hold them, in words: which, where, from whom, until when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from service.accounts.actor import SITE
from service.accounts.held import Held
from service.foundation import clock
from service.web.pages import frame, wording


@dataclass(frozen=True, kw_only=True)
class Line:
    """One role of one person, in words."""

    held: Held
    role: str
    where: str
    given: str
    until: str
    is_over: bool


InWords = Callable[[Iterable[Held]], list[Line]]


def givers(held: Iterable[Held]) -> set[int]:
    """Whose names `in_words` needs."""
    return {one.granted_by for one in held if one.granted_by is not None}


def in_words(names: Mapping[int, str]) -> InWords:
    """A function that says roles in words; `names` are of those who gave them."""
    now, language = clock.now(), frame.page_language()

    def line(one: Held) -> Line:
        over = one.is_over(now)
        return Line(
            held=one,
            role=_role(one),
            where=where(one, language),
            given=_given(one, names, language),
            until=_until(one, language, is_over=over),
            is_over=over,
        )

    return lambda held: [line(one) for one in held]


def where(one: Held, language: str) -> str:
    if one.record is not None:
        return frame.say("access.one_record")
    if one.project_id == SITE:
        return frame.say("access.installation")
    return wording.areas([one.area], language) if one.area else frame.say("access.whole_project")


def _until(one: Held, language: str, *, is_over: bool) -> str:
    if one.waits:
        return frame.say("access.waits")
    if one.ends_at is None:
        return ""
    if is_over:
        return frame.say("access.ended", when=wording.moment(one.ends_at, language))
    return frame.say("access.until", when=wording.end(one.ends_at, language))


def _given(one: Held, names: Mapping[int, str], language: str) -> str:
    if one.granted_at is None:
        return frame.say("access.given_before")
    by = frame.say("access.shell") if one.granted_by is None else names.get(one.granted_by, "")
    given = frame.say("access.given", name=by, when=wording.moment(one.granted_at, language))
    if one.reason is None:
        return given
    return frame.say("access.because", reason=frame.say(f"emergency.{one.reason}"), given=given)


def _role(one: Held) -> str:
    role = frame.say(f"role.{one.role}")
    return role if one.reason is None else frame.say("access.for_a_day", role=role)
