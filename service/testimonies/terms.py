"""For whom a text is wanted and how its narrator is named; which consents that needs. Pure."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from service.cases.naming import first_name
from service.facts.scopes import NAMINGS, NEEDS, UNNAMED, Purpose


class Audience(enum.StrEnum):
    CAMBODIA = "cambodia"
    ABROAD = "abroad"
    GOVERNMENT = "government"
    """A government body that was named to the narrator."""


class Naming(enum.StrEnum):
    """How it is said who told it: of list attribution."""

    FULL_NAME = "full_name"
    FIRST_NAME = "first_name"
    PROVINCE = "province"
    NONE = "none"


class Kind(enum.StrEnum):
    """What a text is."""

    TRANSCRIPT = "transcript"
    TRANSLATION = "translation"
    EXCERPT = "excerpt"


class Medium(enum.StrEnum):
    """What goes out."""

    TEXT = "text"
    PICTURE = "picture"
    SOUND = "sound"
    VIDEO = "video"


class Means(enum.StrEnum):
    """Where a text goes."""

    WEB = "web"
    """A page of this server, which is gone when it is taken back."""
    PRINT = "print"
    SPEECH = "speech"
    BROADCAST = "broadcast"


class How(enum.StrEnum):
    """How a text was read back."""

    READ_ALOUD = "read_aloud"
    PLAYED = "played"
    READ_ALONE = "read_alone"
    BY_PHONE = "by_phone"


class Faces(enum.StrEnum):
    """Who is to be seen on a picture, or to be known by what is said in a voice or a film."""

    NOBODY = "nobody"
    AGREED = "agreed"
    """Everybody who can be recognised agreed."""
    COVERED = "covered"
    """Faces, or names that were said."""
    OTHERS = "others"
    """Somebody who did not agree: it is not published."""


MAY_LEAVE = frozenset(Faces) - {Faces.OTHERS}
RECALLABLE = frozenset({Means.WEB})
"""What can be taken down once it is out."""
NAMED = frozenset({Naming.FULL_NAME, Naming.FIRST_NAME})
NO_SURVIVORS = frozenset({"family_of_killed", "community_impact", "deminer_or_responder"})
"""Kinds of testimony that others than survivors tell, too: of them it is said "somebody from"."""


TO_PUBLISH = {
    Medium.TEXT: Purpose.QUOTE,
    Medium.PICTURE: Purpose.PHOTO,
    Medium.SOUND: Purpose.VOICE,
    Medium.VIDEO: Purpose.VIDEO,
}
LOOKED_AT = frozenset({Medium.PICTURE, Medium.SOUND, Medium.VIDEO})
"""Somebody says who is to be seen or known by it before it goes out."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    audience: Audience = Audience.CAMBODIA
    naming: Naming = Naming.NONE
    medium: Medium = Medium.TEXT

    @property
    def purposes(self) -> tuple[Purpose, ...]:
        """All of them must be allowed, by the one gate. A name needs the quote, or the photo, as
        well: who lets the name be published has not said that the words may be."""
        found = [TO_PUBLISH[self.medium]]
        if self.naming in NAMED:
            found.append(Purpose.NAME)
        if self.audience is Audience.ABROAD:
            found.append(Purpose.ABROAD)
        if self.audience is Audience.GOVERNMENT:
            found.append(Purpose.GOVERNMENT)
        return tuple(found)

    def needs_any(self, scopes: frozenset[str]) -> bool:
        """Whether it ends where these were taken back."""
        return any(NEEDS[purpose] & scopes for purpose in self.purposes)


def answers_allowing(naming: Naming) -> Sequence[str]:
    """What narrators can have answered who let it be said so. Nothing is always allowed: whatever
    stands there, nobody has to be named."""
    if naming is Naming.NONE:
        return ()
    return tuple(answer for answer, allowed in NAMINGS.items() if naming in allowed)


def namings_of(answer: str, *, may_name: bool) -> tuple[Naming, ...]:
    """The most telling first."""
    allowed = NAMINGS.get(answer, UNNAMED)
    return tuple(one for one in Naming if one in allowed and (may_name or one not in NAMED))


def called(naming: Naming, name: str) -> str:
    """The name as it may stand there; "" where none may."""
    if naming is Naming.FULL_NAME:
        return name.strip()
    return first_name(name) if naming is Naming.FIRST_NAME else ""
