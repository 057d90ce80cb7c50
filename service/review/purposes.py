"""What somebody may say that a file is opened for. Pure.

The words are those of consent: what the person did not allow is not offered, and opens nothing.
"""

from __future__ import annotations

from service.facts.scopes import Purpose
from service.foundation.formats.media_types import Kind

ALWAYS = (Purpose.WORK, Purpose.CONTACT, Purpose.REFER)
_TO_SHOW = {
    Kind.PICTURE: (Purpose.PHOTO,),
    Kind.SOUND: (Purpose.QUOTE, Purpose.VOICE),
    Kind.VIDEO: (Purpose.QUOTE, Purpose.VIDEO),
}


def offered(kind: Kind) -> tuple[Purpose, ...]:
    """For a file of this kind."""
    return ALWAYS + _TO_SHOW.get(kind, ())


def shows_people(kind: Kind) -> bool:
    """Whether somebody looks for faces, and listens for names, before others than the team see or
    hear it."""
    return not PUBLISHED.isdisjoint(offered(kind))


EVERY = tuple(dict.fromkeys(purpose for kind in Kind for purpose in offered(kind)))
"""Those for which a file of some kind is opened."""
PUBLISHED = frozenset({Purpose.PHOTO, Purpose.VOICE, Purpose.VIDEO})
"""Those for which others than the team see or hear it: somebody of the team does so before."""
