"""Keys of persons under the installation's own secret."""

from __future__ import annotations

from service.foundation.keys import KeyStore
from service.persons import blocking, normal
from service.persons.matching import Described

DARA = Described(name=normal.read("សុខ ដារ៉ា"), place="02030405")


def test_keys_are_made_by_the_key_store_and_last(key_store: KeyStore) -> None:
    kept = blocking.pair_keys(1, DARA, key_store.stand_in)
    assert kept == blocking.pair_keys(1, DARA, key_store.stand_in)
    typed = blocking.search_keys(1, normal.read("Dara Sok"), "", key_store.stand_in)
    assert set(typed) & set(blocking.search_keys(1, DARA.name, DARA.place, key_store.stand_in))
    assert not set(typed) & set(kept), "a key of a search is none of a pair"
