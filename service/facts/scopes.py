"""Consent scopes as given. Scopes are independent; a scope that was not asked is denied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.facts.answers import coded, yes_or_no
from service.facts.codes import CONSENT_METHOD, CONSENT_SCOPE


@dataclass(frozen=True, kw_only=True)
class Given:
    """What one subject allowed and refused: codes of CONSENT_SCOPE, in that order."""

    granted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    method: str = "not_asked"
    is_proxy: bool = False

    def allows(self, scope: str) -> bool:
        return scope in self.granted and not self.is_refusal

    @property
    def is_refusal(self) -> bool:
        """Keeping the record was refused: nothing but this refusal may be counted."""
        return "store" in self.refused


_SCOPE_TAGS = tuple((scope, f"consent.{scope}") for scope in CONSENT_SCOPE)


def read_consent(values: Mapping[str, str]) -> Given:
    """Consent from answers by tag. Only a plain yes grants; only a plain no is a refusal."""
    said = {scope: yes_or_no(values[tag]) for scope, tag in _SCOPE_TAGS if tag in values}
    granted = tuple(scope for scope, answer in said.items() if answer is True)
    refused = tuple(scope for scope, answer in said.items() if answer is False)
    if "store" in refused:
        # What else stands in the form was asked before the refusal, or by mistake.
        return Given(refused=("store",))
    proxy = values.get("consent.proxy", "")
    return Given(
        granted=granted,
        refused=refused,
        method=coded(values.get("consent.method", ""), CONSENT_METHOD),
        is_proxy=bool(yes_or_no(proxy)),
    )
