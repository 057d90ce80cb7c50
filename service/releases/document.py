"""A release as it is published: JSON that never changes, its hash, what is signed of it. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.disclosure.rules import RULES, Audience
from service.foundation.sealing import Signer, is_signed, key_id

HASHED_APART = ("sha256", "signature", "public_key")
"""What is said of a release beside what is hashed."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """What a release says before its tables."""

    project_id: int
    number: int
    title: str
    audience: Audience
    frozen_at: dt.datetime
    corrects: int | None = None
    """The release instead of which this one is to be used."""
    reason: str = ""
    """Why it is corrected."""


@dataclass(frozen=True, kw_only=True)
class Signed:
    """`text` is what is hashed and stored; `sha256` of its UTF-8 bytes."""

    text: str
    sha256: str
    signature: bytes
    public_key: bytes


def make(head: Head, tables: Sequence[Mapping[str, Any]], signer: Signer) -> Signed:
    """Tables are as `SafeTable.as_dict` has them, with `carried_from`: the number of the release of
    which one stands here once more, or null."""
    text = canonical(
        {
            "number": head.number,
            "title": head.title,
            "audience": head.audience.value,
            "frozen_at": _moment(head.frozen_at),
            "corrects": head.corrects,
            "reason": head.reason,
            "tables": list(tables),
            "method": method(head.audience),
        }
    )
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Signed(
        text=text,
        sha256=sha256,
        signature=signer.sign(signed_text(signer.public_key, head.project_id, head.number, sha256)),
        public_key=signer.public_key,
    )


def signed_text(public_key: bytes, project_id: int, number: int, sha256: str) -> bytes:
    """Names the installation and the project: what is signed for one means nothing for another."""
    return f"samleng.release/{key_id(public_key)}/{project_id}\n{number}\n{sha256}\n".encode()


def holds(signed: Signed, project_id: int, number: int) -> bool:
    """Whether the text is the one that was frozen under this number."""
    sha256 = hashlib.sha256(signed.text.encode()).hexdigest()
    said = signed_text(signed.public_key, project_id, number, sha256)
    return sha256 == signed.sha256 and is_signed(signed.public_key, said, signed.signature)


def whole(signed: Signed) -> dict[str, Any]:
    """The release as it is handed out."""
    found: dict[str, Any] = json.loads(signed.text)
    return found | {
        "sha256": signed.sha256,
        "signature": signed.signature.hex(),
        "public_key": signed.public_key.hex(),
    }


def canonical(value: Any) -> str:
    """JSON in one form: keys in order, no blanks, letters as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def method(audience: Audience) -> dict[str, Any]:
    """How the tables were protected, for whoever cites them."""
    rules = RULES[audience]
    return {
        "k": rules.k,
        "least_households": rules.min_households,
        "least_base_of_a_share": rules.min_base,
        "lowest_place": rules.places[-1],
        "shortest_time": rules.times[0],
        "hidden": "rows of fewer people, and enough beside them that none can be worked out; one "
        "mark for both; a hidden row is not zero",
        "since_earlier_releases": "a number that stands in an earlier release too changed by "
        "nothing or by at least k; otherwise it is hidden, or the earlier table stands once more "
        "(carried_from)",
        "hashed": "SHA-256 of this JSON without sha256, signature and public_key (and standing, "
        "published_at), keys in order, no blanks, UTF-8",
        "signed": "Ed25519 of the lines samleng.release/<key>/<project>, number, sha256",
    }


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
