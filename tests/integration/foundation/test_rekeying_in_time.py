"""100,000 records under another wrapping key in less than five minutes: each has three keys."""

from __future__ import annotations

import os
import time

from service.foundation import ids
from service.foundation.keys import KeyStore, rotate
from service.foundation.sealing import DataKey

KEYS, ALL, MINUTES = 12_000, 300_000, 5


def test_a_store_is_wrapped_anew_at_a_pace_that_takes_100_000_records_in_time(
    key_store: KeyStore,
) -> None:
    key_store.prepare()
    for _ in range(KEYS // 1000):
        made = [DataKey(key_pk=ids.new_uuid(), secret=os.urandom(32)) for _ in range(1000)]
        assert key_store._insert(1, made)
    before = key_store.count()
    start = time.monotonic()
    assert rotate(key_store) == before
    took = time.monotonic() - start
    print(f"{before} keys in {took:.1f} s: {ALL} in {took * ALL / before:.0f} s")
    assert took * ALL / before < MINUTES * 60
    assert key_store.find(1, made[0].key_pk) == made[0]
