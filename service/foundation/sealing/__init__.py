"""All the cryptography there is, with accounts/credentials: hashes, sealed bytes, sealed streams,
signatures.

A sealed value opens only where it was sealed for: its `Place` (project, record, class, field) and
the id of its data key are bound to it. Data keys live apart, in `foundation/keys`.
"""

from service.foundation.sealing.boxes import DataClass, DataKey, Place, Unsealable, seal, unseal
from service.foundation.sealing.hashes import instance_id_for, md5_hex, pseudonym, sha256
from service.foundation.sealing.signatures import Signer, is_signed, key_id

__all__ = [
    "DataClass",
    "DataKey",
    "Place",
    "Signer",
    "Unsealable",
    "instance_id_for",
    "is_signed",
    "key_id",
    "md5_hex",
    "pseudonym",
    "seal",
    "sha256",
    "unseal",
]
