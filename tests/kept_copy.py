"""The recovery copy beside the paper, where a test does not say otherwise: today's."""

from __future__ import annotations

from service.foundation.keys import KeyStore, paper, recovery


def of(store: KeyStore) -> recovery.RecoveryCopy:
    copy = recovery.find(store)
    assert copy is not None
    return copy


def prove(store: KeyStore, sheet: paper.RecoveryKey) -> bool:
    return recovery.prove(store, sheet, of(store))
