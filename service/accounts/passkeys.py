"""Passkeys: what a browser is asked, and whether its answer is good (WebAuthn, level 2). Pure.

A passkey answers at our address alone: a page elsewhere that looks like ours gets nothing from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

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
    """Options for the browser, as JSON: a new passkey, on no device that has one already."""
    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name=NAME,
        user_id=str(user_id).encode("ascii"),
        user_name=email,
        challenge=challenge,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
    )
    return webauthn.options_to_json(options)


def to_prove(place: Place, known: Iterable[bytes], challenge: bytes) -> str:
    """Options for the browser, as JSON: sign the challenge with one of these. It comes after the
    password, so touching the device is enough."""
    options = webauthn.generate_authentication_options(
        rp_id=place.host,
        challenge=challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return webauthn.options_to_json(options)


def registered(place: Place, answer: dict[str, Any], challenge: bytes) -> NewPasskey:
    """Raises PASSKEY_REFUSED."""
    try:
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
        )
    except _BAD:
        raise Problem(PASSKEY_REFUSED) from None
    return NewPasskey(
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
    )


def proven(
    place: Place, answer: dict[str, Any], challenge: bytes, public_key: bytes, sign_count: int
) -> int:
    """The device's new count. Raises PASSKEY_REFUSED."""
    try:
        return webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
        ).new_sign_count
    except _BAD:
        raise Problem(PASSKEY_REFUSED) from None


def id_in(answer: dict[str, Any]) -> bytes:
    """Which passkey answers. Raises PASSKEY_REFUSED."""
    try:
        return webauthn.base64url_to_bytes(str(answer.get("rawId", "")))
    except _BAD:
        raise Problem(PASSKEY_REFUSED) from None


_BAD = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)
"""What the library raises at answers that are none: its own, and those of parsers below it."""
