"""Keys: those that wrap others in a file of their own, those of the data in a store of their own.

A record's data key is destroyed by deleting its row; from then on its ciphertext is noise, in the
database, in every blob, and, once the store's own backups are gone or the wrapping key has been
replaced, in every backup.
"""

from service.foundation.keys.erasures import Entry, ErasureList
from service.foundation.keys.ring import KeyRing, KeyRingError
from service.foundation.keys.rotation import rotate
from service.foundation.keys.store import KeyStore, current, digest_key, use
from service.foundation.keys.unsealing import UNSEALABLE, unsealable, watched

__all__ = [
    "UNSEALABLE",
    "Entry",
    "ErasureList",
    "KeyRing",
    "KeyRingError",
    "KeyStore",
    "current",
    "digest_key",
    "rotate",
    "unsealable",
    "use",
    "watched",
]
