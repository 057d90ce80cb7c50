"""Sealed forms: answers are encrypted on the phone, for a key that never comes to this server.

What must hold of such a form, in the words of whoever writes it (settings sheet, `public_key`).
"""

from __future__ import annotations

from collections.abc import Iterator

from service.forms.mistakes import Mistake, Words, mistake
from service.forms.schema import FormSchema
from service.forms.sheets import Sheets
from service.foundation.sealing import odk
from service.foundation.sealing.odk import KeyFault, KeyRefused, OfflineKey

NONE = "none"
"""Stands for a fingerprint where a form has no key."""


def key_of(schema: FormSchema) -> OfflineKey | None:
    """The key of a sealed form. Raises KeyRefused."""
    return None if schema.public_key is None else odk.read_public_key(schema.public_key)


def plain_fingerprint(given: str) -> str:
    """A fingerprint as people copy it: in groups, with colons, in capitals."""
    return "".join(given.split()).replace(":", "").casefold()


def mistakes_of(schema: FormSchema, sheets: Sheets | None) -> Iterator[Mistake]:
    """Why a form that wants to be sealed is not published."""
    if schema.public_key is None:
        return
    try:
        key_of(schema)
    except KeyRefused as refused:
        says, fix = _FAULTS[refused.fault]
        yield mistake(says, fix, **_place(sheets))  # never the text: it may be the private half
    if ("meta", "instanceID") not in {field.path for field in schema.fields}:
        # Collect seals nothing without one, says nothing, and sends the record in clear.
        yield mistake(_NO_INSTANCE_ID, _BUILD_AGAIN, **_place(sheets))


def _place(sheets: Sheets | None) -> dict[str, object]:
    return {} if sheets is None else sheets.setting("public_key")


_FROM_OPENSSL = Words(
    en="Paste what stands between the lines BEGIN PUBLIC KEY and END PUBLIC KEY of the public key "
    "file, without those lines (docs/for-coordinators.md).",
    km="សូមបិទភ្ជាប់អ្វីដែលនៅចន្លោះបន្ទាត់ BEGIN PUBLIC KEY និង END PUBLIC KEY នៃឯកសារសោសាធារណៈ "
    "ដោយគ្មានបន្ទាត់ទាំងពីរនោះ (docs/for-coordinators.md)។",
)
_BUILD_AGAIN = Words(
    en="Build the form again with an XLSForm tool.",
    km="សូមបង្កើតទម្រង់ឡើងវិញដោយឧបករណ៍ XLSForm។",
)
_FAULTS = {
    KeyFault.NOT_BASE64: (
        Words(
            en="The public_key holds characters that a key cannot hold.",
            km="public_key មានតួអក្សរដែលសោមិនអាចមាន។",
        ),
        _FROM_OPENSSL,
    ),
    KeyFault.NOT_A_KEY: (
        Words(
            en="The public_key is no public key, or not all of it.",
            km="public_key មិនមែនជាសោសាធារណៈទេ ឬមិនគ្រប់។",
        ),
        _FROM_OPENSSL,
    ),
    KeyFault.NOT_RSA: (
        Words(
            en="The public_key is not of the kind RSA, the only one that phones can use.",
            km="public_key មិនមែនជាប្រភេទ RSA ដែលជាប្រភេទតែមួយគត់ដែលទូរសព្ទប្រើបាន។",
        ),
        Words(
            en="Make a key pair of the kind RSA (docs/for-coordinators.md).",
            km="សូមបង្កើតគូសោប្រភេទ RSA (docs/for-coordinators.md)។",
        ),
    ),
    KeyFault.PRIVATE: (
        Words(
            en="This is the PRIVATE key. Whoever has it reads everything that people tell.",
            km="នេះជាសោឯកជន។ អ្នកណាមានវា អានបានអ្វីៗទាំងអស់ដែលមនុស្សប្រាប់។",
        ),
        Words(
            en="Delete the form file wherever it went, make a new key pair, and paste its public "
            "key (docs/for-coordinators.md).",
            km="សូមលុបឯកសារទម្រង់នេះគ្រប់កន្លែងដែលវាបានទៅ បង្កើតគូសោថ្មី រួចបិទភ្ជាប់សោសាធារណៈ "
            "(docs/for-coordinators.md)។",
        ),
    ),
    KeyFault.WRONG_SIZE: (
        Words(
            en=f"The public_key has fewer than {odk.LEAST_BITS} bits (or more than "
            f"{odk.MOST_BITS}): too few can be broken.",
            km=f"public_key មានតិចជាង {odk.LEAST_BITS} ប៊ីត (ឬលើស {odk.MOST_BITS})៖ "
            "បើតិចពេក អាចបំបែកបាន។",
        ),
        Words(
            en="Make a key pair with 3072 bits (docs/for-coordinators.md).",
            km="សូមបង្កើតគូសោដែលមាន 3072 ប៊ីត (docs/for-coordinators.md)។",
        ),
    ),
}
_NO_INSTANCE_ID = Words(
    en="The form has a public_key but no meta/instanceID: phones would send its answers in clear.",
    km="ទម្រង់មាន public_key តែគ្មាន meta/instanceID៖ ទូរសព្ទនឹងផ្ញើចម្លើយដោយមិនចាក់សោ។",
)
