"""Passkeys: what a browser is asked, and whether its answer is good (WebAuthn, level 2). Pure.

A passkey answers at our address alone: a page elsewhere that looks like ours gets nothing from it.

The library is loaded when somebody uses a passkey: a tenth of all that a start imports is its.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from service.foundation.problems import PASSKEY_REFUSED, Problem

NAME = "Samleng"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Our address, as browsers bind passkeys to it."""

    host: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class NewPasskey:
    """What is kept of one."""

    credential_id: bytes
    public_key: bytes = field(repr=False)
    sign_count: int


def place_of(public_url: str) -> Place | None:
    """None where browsers offer no passkeys: without https, but for `localhost`."""
    url = urlsplit(public_url)
    if url.hostname is None or not (url.scheme == "https" or url.hostname == "localhost"):
        return None
    return Place(host=url.hostname, origin=f"{url.scheme}://{url.netloc}")


def to_register(
    place: Place, user_id: int, email: str, known: Iterable[bytes], challenge: bytes
) -> str:
    """Options for the browser, as JSON: a new passkey, on no device that has one already, and on
    none that cannot tell who touches it."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name=NAME,
        user_id=str(user_id).encode("ascii"),
        user_name=email,
        challenge=challenge,
        attestation=structs.AttestationConveyancePreference.NONE,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.DISCOURAGED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in known],
    )
    return webauthn.options_to_json(options)


def to_prove(place: Place, known: Iterable[bytes], challenge: bytes) -> str:
    """Options for the browser, as JSON: sign the challenge with one of these, for whoever unlocks
    it. It stands for a fresh code, too: a touch is not enough, for a stick is left in a laptop."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_authentication_options(
        rp_id=place.host,
        challenge=challenge,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in known],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def registered(place: Place, answer: dict[str, Any], challenge: bytes) -> NewPasskey:
    """Raises PASSKEY_REFUSED."""
    import webauthn

    with _refusing_what_is_none():
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    return NewPasskey(
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
    )


def proven(
    place: Place, answer: dict[str, Any], challenge: bytes, public_key: bytes, sign_count: int
) -> int:
    """The device's new count. Raises PASSKEY_REFUSED."""
    import webauthn

    with _refusing_what_is_none():
        return webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
        ).new_sign_count


def id_in(answer: dict[str, Any]) -> bytes:
    """Which passkey answers. Raises PASSKEY_REFUSED."""
    import webauthn

    with _refusing_what_is_none():
        return webauthn.base64url_to_bytes(str(answer.get("rawId", "")))


@contextmanager
def _refusing_what_is_none() -> Iterator[None]:
    """At answers that are none the library raises its own errors, and those of parsers below."""
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        yield
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
        raise Problem(PASSKEY_REFUSED) from None
