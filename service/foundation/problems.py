"""Everything that can go wrong, in one list.

A `Problem` is raised anywhere and rendered at the door (`web/errors.py`): as RFC 9457
problem+json, as an OpenRosa message on a phone, or as a page. The texts are product copy in
English and Khmer: they say what happened and what to do next, and name no person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One way to fail.

    `code` is the text Central's clients read ("404.1"); its integer part is the HTTP status.
    `en` and `km` may hold {placeholders} filled from the context given when raising.
    """

    slug: str
    code: str
    en: str
    km: str
    retry_after_s: int | None = None

    @property
    def status(self) -> int:
        return int(self.code.split(".")[0])


class Problem(Exception):  # noqa: N818 - the field calls it a problem
    """`raise Problem(FORM_CLOSED, form_id=…)`. Context goes to the client: never personal data."""

    def __init__(self, kind: Kind, **context: Any) -> None:
        super().__init__(kind.slug)
        self.kind = kind
        self.context = context

    def text(self, language: str = "en") -> str:
        """The message in `language` ("en" or "km"), placeholders filled."""
        template = self.kind.km if language == "km" else self.kind.en
        return template.format_map(_Lenient(self.context))


class _Lenient(dict[str, Any]):
    """A placeholder without a value stays visible instead of turning an error into a crash."""

    def __missing__(self, key: str) -> str:
        return "…"


CATALOGUE: dict[str, Kind] = {}


def _kind(slug: str, code: str, en: str, km: str, retry_after_s: int | None = None) -> Kind:
    kind = Kind(slug=slug, code=code, en=en, km=km, retry_after_s=retry_after_s)
    CATALOGUE[slug] = kind
    return kind


# --- requests -----------------------------------------------------------------------------------
MALFORMED_BODY = _kind(
    "malformed-body",
    "400.1",
    "The data did not arrive whole. Nothing was kept. Please send again.",
    "ទិន្នន័យមកមិនគ្រប់។ មិនបានរក្សាទុកអ្វីទេ។ សូមផ្ញើម្តងទៀត។",
)
MISSING_XML_PART = _kind(
    "missing-xml-part",
    "400.7",
    "The upload holds no form data ({part}). Nothing was kept. Please send again.",
    "ការផ្ញើនេះគ្មានទិន្នន័យទម្រង់ទេ ({part})។ សូមផ្ញើម្តងទៀត។",
)
INVALID_PARAMETER = _kind(
    "invalid-parameter",
    "400.8",
    "The value of “{name}” is not valid: {reason}",
    "តម្លៃនៃ “{name}” មិនត្រឹមត្រូវ៖ {reason}",
)
UNSTORABLE = _kind(
    "unstorable-value",
    "400.22",
    "What was asked for holds a sign or a number that is not stored. Take it out and try again.",
    "អ្វីដែលបានសួរមានសញ្ញា ឬលេខដែលមិនអាចរក្សាទុកបាន។ សូមដកវាចេញ ហើយព្យាយាមម្តងទៀត។",
)
INVALID_FIELDS = _kind(
    "invalid-fields",
    "400.8",
    "Some fields are missing or not valid. See “details”.",
    "ព័ត៌មានខ្លះខ្វះ ឬមិនត្រឹមត្រូវ។ សូមមើល “details”។",
)
FIELD_MISSING = _kind(
    "field-missing",
    "400.2",
    "“{name}” is missing. See “details”.",
    "ខ្វះ “{name}”។ សូមមើល “details”។",
)
FIELDS_MISSING = _kind(
    "fields-missing",
    "400.3",
    "These are missing: {name}. See “details”.",
    "ខ្វះព័ត៌មានទាំងនេះ៖ {name}។ សូមមើល “details”។",
)
FIELDS_UNKNOWN = _kind(
    "fields-unknown",
    "400.4",
    "Nothing is known here under the name {name}. See “details”.",
    "នៅទីនេះគ្មានអ្វីដែលមានឈ្មោះ {name} ទេ។ សូមមើល “details”។",
)
FIELD_OF_OTHER_TYPE = _kind(
    "field-of-other-type",
    "400.11",
    "The value of {name} is of another type than expected. See “details”.",
    "តម្លៃនៃ {name} មិនមែនជាប្រភេទដែលត្រូវការទេ។ សូមមើល “details”។",
)
MISSING_INSTANCE_ID = _kind(
    "missing-instance-id",
    "400.58",
    "This encrypted record has no instance ID, so it could never be opened. Ask your coordinator.",
    "កំណត់ត្រាដែលបានអ៊ិនគ្រីបនេះគ្មានលេខសម្គាល់ ដូច្នេះមិនអាចបើកបានទេ។ សូមសួរអ្នកសម្របសម្រួល។",
)
UNEXPECTED_VALUE = _kind(
    "unexpected-value",
    "400.8",
    "The value of “{name}” does not fit: {reason}.",
    "តម្លៃនៃ “{name}” មិនត្រូវគ្នាទេ៖ {reason}។",
)
FORM_WARNINGS = _kind(
    "form-warnings",
    "400.16",
    "The form can be used, but there is something to say of it (“details”). If it is meant so, "
    "send it again with ignoreWarnings=true.",
    "ទម្រង់នេះអាចប្រើបាន ប៉ុន្តែមានចំណុចត្រូវកត់សម្គាល់ (“details”)។ "
    "បើចង់ដូច្នេះ សូមផ្ញើម្តងទៀតជាមួយ ignoreWarnings=true។",
)
ODATA_UNPARSABLE = _kind(
    "odata-unparsable",
    "400.18",
    "“{name}” cannot be understood: {reason}.",
    "មិនអាចយល់ “{name}” បានទេ៖ {reason}។",
)
PROPERTY_UNKNOWN = _kind(
    "property-unknown",
    "400.23",
    "The table has no property “{name}”.",
    "តារាងនេះគ្មានលក្ខណៈ “{name}” ទេ។",
)
SELECT_UNSUPPORTED = _kind(
    "select-unsupported",
    "400.24",
    "“$select” cannot name “{name}”: it is inside a repeat. Ask the table of that repeat.",
    "“$select” មិនអាចហៅ “{name}” បានទេ៖ វានៅក្នុងផ្នែកដែលកើតឡើងម្តងហើយម្តងទៀត។ សូមសួរតារាងរបស់ផ្នែកនោះ។",
)
SUBMISSIONS_PENDING = _kind(
    "submissions-pending",
    "400.29",
    "{count} records wait for approval in this list. Nothing was changed. Say what becomes of "
    "them: convert=true makes their entities now, convert=false leaves them waiting.",
    "កំណត់ត្រាចំនួន {count} រង់ចាំការយល់ព្រមក្នុងបញ្ជីនេះ។ មិនបានកែអ្វីទេ។ សូមប្រាប់ថាត្រូវធ្វើអ្វីចំពោះវា៖ "
    "convert=true បង្កើតធាតុរបស់វាឥឡូវនេះ convert=false ទុកវាឱ្យរង់ចាំ។",
)
ENTITY_INVALID = _kind(
    "entity-invalid",
    "400.28",
    "The entity cannot be stored so: {reason}.",
    "មិនអាចរក្សាទុកធាតុនេះបែបនេះទេ៖ {reason}។",
)
QUERY_INVALID = _kind(
    "query-invalid",
    "400.41",
    "“{name}” may stand once in an address.",
    "“{name}” អាចមានតែម្តងក្នុងអាសយដ្ឋានមួយ។",
)
SKIPTOKEN_GONE = _kind(
    "skiptoken-gone",
    "400.34",
    "There is no such row (any more) as “$skiptoken” names. Begin again without it.",
    "គ្មានជួរដែល “$skiptoken” បញ្ជាក់ (ទៀត) ទេ។ សូមចាប់ផ្តើមម្តងទៀតដោយគ្មានវា។",
)
SKIPTOKEN_INVALID = _kind(
    "skiptoken-invalid",
    "400.35",
    "This is no “$skiptoken”. Take it from @odata.nextLink as it is.",
    "នេះមិនមែនជា “$skiptoken” ទេ។ សូមយកវាពី @odata.nextLink ដូចដើម។",
)
DEPRECATION_EXPECTED = _kind(
    "deprecation-expected",
    "400.19",
    "An edit names the version that it replaces (deprecatedID). This one names none.",
    "ការកែត្រូវបញ្ជាក់កំណែដែលវាជំនួស (deprecatedID)។ ការកែនេះមិនបានបញ្ជាក់ទេ។",
)
FORM_INVALID = _kind(
    "form-invalid",
    "400.15",
    "The form could not be converted. {summary}",
    "មិនអាចបំប្លែងទម្រង់បានទេ។ {summary_km}",
)
ITEM_INVALID = _kind(
    "item-invalid",
    "400.52",
    "This item cannot be read: {reason}. Nothing of it was kept. Mend it, then send it again.",
    "មិនអាចអានធាតុនេះបានទេ៖ {reason}។ មិនបានរក្សាទុកទេ។ សូមកែវា រួចផ្ញើម្តងទៀត។",
)
FILE_NOT_NAMED = _kind(
    "file-not-named",
    "404.21",
    "None of your records with this id names such a file. Send the record first, with the file's "
    "name as its answer.",
    "គ្មានកំណត់ត្រារបស់អ្នកដែលមានលេខនេះ ហៅឯកសារបែបនេះទេ។ សូមផ្ញើកំណត់ត្រាជាមុន ដោយដាក់ឈ្មោះឯកសារជាចម្លើយ។",
)
FILES_SEALED = _kind(
    "files-sealed",
    "409.34",
    "The record is sealed: its files come with it from ODK Collect, and in no other way.",
    "កំណត់ត្រានេះត្រូវបានបិទត្រា៖ ឯកសាររបស់វាមកជាមួយវាពី ODK Collect ប៉ុណ្ណោះ។",
)
COPY_SETTLED = _kind(
    "copy-settled",
    "409.35",
    "Somebody has decided on this already, or it has changed since. Nothing was done twice. Open "
    "the list of copies that wait again, and look.",
    "មានអ្នកសម្រេចលើរឿងនេះរួចហើយ ឬវាបានប្តូរតាំងពីពេលនោះ។ គ្មានអ្វីត្រូវបានធ្វើពីរដងទេ។ "
    "សូមបើកបញ្ជីច្បាប់ចម្លងដែលរង់ចាំម្តងទៀត ហើយពិនិត្យមើល។",
)
REVIEW_OUTDATED = _kind(
    "review-outdated",
    "409.43",
    "Somebody else decided on this record meanwhile, or it was changed. Nothing of what you chose "
    "was done. Look at what happened, and decide again.",
    "មានអ្នកផ្សេងបានសម្រេចលើកំណត់ត្រានេះក្នុងពេលនោះ ឬវាត្រូវបានប្តូរ។ អ្វីដែលអ្នកបានជ្រើសរើស មិនទាន់ធ្វើទេ។ "
    "សូមមើលថាមានអ្វីកើតឡើង ហើយសម្រេចម្តងទៀត។",
)
SECOND_PERSON_NEEDED = _kind(
    "second-person-needed",
    "409.41",
    "You have agreed to this already. A second person has to agree too: not you again, and no "
    "script of yours.",
    "អ្នកបានយល់ព្រមរួចហើយ។ ត្រូវមានមនុស្សទីពីរយល់ព្រមដែរ៖ មិនមែនអ្នកម្តងទៀត ហើយមិនមែនកម្មវិធីរបស់អ្នកទេ។",
)
NOT_READ_BACK = _kind(
    "not-read-back",
    "409.46",
    "This text, as it stands now, was not read back to the narrator yet. Read it back first, and "
    "write that down.",
    "អត្ថបទនេះ ដូចដែលវាមានឥឡូវ មិនទាន់ត្រូវបានអានឱ្យអ្នកប្រាប់ស្តាប់វិញទេ។ សូមអានឱ្យស្តាប់ជាមុន ហើយកត់ត្រាទុក។",
)
NOT_LOOKED_AT = _kind(
    "not-looked-at",
    "409.47",
    "Before it is published somebody looks for faces, and listens for names: open it for work in "
    "the team, and say under it who can be known. Where somebody did not agree, it is not "
    "published.",
    "មុននឹងផ្សព្វផ្សាយ ត្រូវមានអ្នកពិនិត្យមុខមនុស្ស និងស្តាប់រកឈ្មោះ៖ សូមបើកវាសម្រាប់ការងារក្នុងក្រុម "
    "ហើយបញ្ជាក់នៅខាងក្រោមថាអាចស្គាល់នរណា។ បើមានអ្នកដែលមិនបានយល់ព្រម វាមិនត្រូវបានផ្សព្វផ្សាយទេ។",
)
SHARING_NOT_ALLOWED = _kind(
    "sharing-not-allowed",
    "409.45",
    "This person has not allowed that their file is shared with a provider. Ask them at the next "
    "visit (form F5 asks it). Where life or safety is at stake, a coordinator can refer them all "
    "the same, and says why.",
    "សាមីខ្លួនមិនបានអនុញ្ញាតឱ្យចែករំលែកសំណុំរឿងជាមួយអ្នកផ្តល់សេវាទេ។ សូមសួរនៅការជួបលើកក្រោយ (ទម្រង់ F5 សួររឿងនេះ)។ "
    "បើអាយុជីវិត ឬសុវត្ថិភាពមានគ្រោះថ្នាក់ អ្នកសម្របសម្រួលអាចបញ្ជូនបាន ដោយប្រាប់មូលហេតុ។",
)
COUNTING_CHANGED_LATELY = _kind(
    "counting-changed-lately",
    "409.42",
    "What is counted here was changed less than 30 days ago. It can be changed again from {day} "
    "on: whoever saw figures of both kinds side by side could subtract them.",
    "របៀបរាប់នៅទីនេះទើបតែប្តូរមិនទាន់ដល់ 30 ថ្ងៃទេ។ អាចប្តូរម្តងទៀតចាប់ពី {day}៖ "
    "អ្នកដែលឃើញតួលេខទាំងពីរប្រភេទនៅក្បែរគ្នា អាចដកវាចេញពីគ្នាបាន។",
)
COPY_WITHOUT_RECORD = _kind(
    "copy-without-record",
    "409.36",
    "This copy names no record that stands here, so there is nothing whose place it could take. A "
    "removed record can be restored first.",
    "ច្បាប់ចម្លងនេះមិនសំដៅលើកំណត់ត្រាណាដែលមាននៅទីនេះទេ ដូច្នេះគ្មានអ្វីដែលវាអាចជំនួសបាន។ "
    "កំណត់ត្រាដែលបានដកចេញ អាចដាក់មកវិញជាមុនបាន។",
)
PIECE_MISPLACED = _kind(
    "piece-misplaced",
    "416.2",
    "The piece does not begin where what is held ends. Ask how much is held, and go on from there.",
    "ផ្នែកនេះមិនចាប់ផ្តើមត្រង់កន្លែងដែលមានរួចទេ។ សូមសួរថាមានប៉ុន្មានហើយ រួចបន្តពីទីនោះ។",
)
FILE_NAME_INVALID = _kind(
    "file-name-invalid",
    "400.53",
    "The file name “{name}” cannot be used: {reason}",
    "ឈ្មោះឯកសារ “{name}” មិនអាចប្រើបានទេ៖ {reason}",
)
BREAKDOWN_NOT_OFFERED = _kind(
    "breakdown-not-offered",
    "400.8",
    "{indicator} is not offered by {by} for this audience. Offered: {offered}.",
    "{indicator} មិនមានបែងចែកតាម {by} សម្រាប់អ្នកអាននេះទេ។ មាន៖ {offered}។",
)
PASSWORD_GUESSABLE = _kind(
    "password-guessable",
    "400.44",
    "This password is among the first that others try. Take four words that belong together only "
    "for you.",
    "ពាក្យសម្ងាត់នេះស្ថិតក្នុងចំណោមពាក្យដែលគេសាកល្បងមុនគេ។ សូមប្រើពាក្យបួន ដែលមានន័យជាមួយគ្នាសម្រាប់តែអ្នក។",
)
PASSKEY_REFUSED = _kind(
    "passkey-refused",
    "400.59",
    "The passkey was not accepted. The device must ask for its PIN, your finger or your face: a "
    "touch alone is not enough. Try again, or give the code of your app.",
    "សោចូល (passkey) មិនត្រូវបានទទួលទេ។ ឧបករណ៍ត្រូវតែសួររកលេខ PIN ម្រាមដៃ ឬមុខរបស់អ្នក៖ "
    "ការប៉ះតែមួយមុខមិនគ្រប់គ្រាន់ទេ។ សូមព្យាយាមម្តងទៀត ឬបញ្ចូលលេខកូដពីកម្មវិធីរបស់អ្នក។",
)
STATEMENT_TOO_LONG = _kind(
    "statement-too-long",
    "400.61",
    "The text in {which_en} is {letters} letters too long. With it the public page would weigh "
    "more than 60 kB, too much for a thin line. Shorten it; nothing was lost, it is still in the "
    "field.",
    "អត្ថបទជា{which_km} វែងជ្រុល {letters} តួអក្សរ។ បើដាក់វា ទំព័រសាធារណៈនឹងធ្ងន់លើស 60 kB "
    "ដែលធ្ងន់ពេកសម្រាប់អ៊ីនធឺណិតខ្សោយ។ សូមបង្រួញវា។ គ្មានអ្វីបាត់ទេ វានៅក្នុងប្រអប់ដដែល។",
)
# --- who ----------------------------------------------------------------------------------------
SIGN_IN_NEEDED = _kind(
    "sign-in-needed",
    "401.2",
    "Please sign in first.",
    "សូមចូលប្រើប្រាស់ជាមុនសិន។",
)
WRONG_CREDENTIALS = _kind(
    "wrong-credentials",
    "401.2",
    "The e-mail address or the password is not right.",
    "អាសយដ្ឋានអ៊ីមែល ឬពាក្យសម្ងាត់មិនត្រឹមត្រូវ។",
)
SECOND_FACTOR_NEEDED = _kind(
    "second-factor-needed",
    "401.4",
    "Please give the code of your second factor, too (“totp”).",
    "សូមបញ្ចូលលេខកូដនៃកត្តាទីពីររបស់អ្នកផង (“totp”)។",
)
SECOND_FACTOR_TO_ENROL = _kind(
    "second-factor-to-enrol",
    "401.4",
    "Your role needs a second factor. Sign in once on the pages of this server to set it up.",
    "តួនាទីរបស់អ្នកត្រូវការកត្តាទីពីរ។ សូមចូលប្រើប្រាស់ម្តងនៅលើទំព័ររបស់ម៉ាស៊ីនមេនេះ ដើម្បីរៀបចំវា។",
)
WRONG_CODE = _kind(
    "wrong-code",
    "401.21",
    "The code is not right, or it was used already. Wait for the next one, and check that the "
    "clock of your phone is right.",
    "លេខកូដមិនត្រឹមត្រូវ ឬបានប្រើរួចហើយ។ សូមរង់ចាំលេខកូដបន្ទាប់ ហើយពិនិត្យថានាឡិកាទូរសព្ទរបស់អ្នកត្រឹមត្រូវ។",
)
NOT_ALLOWED = _kind(
    "not-allowed",
    "403.1",
    "Your account may not do this. Ask your coordinator if you need it.",
    "គណនីរបស់អ្នកមិនត្រូវបានអនុញ្ញាតឱ្យធ្វើកិច្ចការនេះទេ។ សូមសួរអ្នកសម្របសម្រួល។",
)
DEVICE_UNKNOWN = _kind(
    "device-unknown",
    "403.21",
    "This phone's access was ended or is not known. Your forms stay on the phone: "
    "ask your coordinator for a new QR code, then send again.",
    "សិទ្ធិរបស់ទូរសព្ទនេះត្រូវបានបញ្ចប់ ឬមិនស្គាល់។ ទម្រង់នៅក្នុងទូរសព្ទដដែល៖ សូមសុំកូដ QR ថ្មីពីអ្នកសម្របសម្រួល រួចផ្ញើម្តងទៀត។",
)
INSECURE_TRANSPORT = _kind(
    "insecure-transport",
    "403.3",
    "This address must be used with https. Ask your coordinator for the right address.",
    "អាសយដ្ឋាននេះត្រូវប្រើជាមួយ https។ សូមសួរអ្នកសម្របសម្រួលអំពីអាសយដ្ឋានត្រឹមត្រូវ។",
)
FRESH_CODE_NEEDED = _kind(
    "fresh-code-needed",
    "403.4",
    "This needs a fresh code of your second factor (in the header X-Samleng-TOTP).",
    "កិច្ចការនេះត្រូវការលេខកូដថ្មីនៃកត្តាទីពីររបស់អ្នក (ក្នុង X-Samleng-TOTP)។",
)
NOT_ABOVE = _kind(
    "not-above",
    "403.5",
    "You can give and take roles below your own, and look after people below you; never yourself.",
    "អ្នកអាចផ្តល់ និងដកតួនាទីដែលទាបជាងតួនាទីរបស់អ្នក និងមើលថែអ្នកប្រើប្រាស់ដែលទាបជាងអ្នក តែមិនមែនខ្លួនឯងទេ។",
)
CONSENT_MISSING = _kind(
    "consent-missing",
    "403.7",
    "The person has not allowed this use, or no longer does.",
    "សាមីខ្លួនមិនបានអនុញ្ញាតឱ្យប្រើបែបនេះ ឬលែងអនុញ្ញាតហើយ។",
)
COORDINATOR_MAKES_LINK = _kind(
    "coordinator-makes-link",
    "403.8",
    "This person reads records and has no second factor yet: a coordinator of the project makes "
    "the link, and of a coordinator, whoever looks after the server (flask users reset).",
    "អ្នកនេះអានកំណត់ត្រា ហើយមិនទាន់មានកត្តាទីពីរទេ៖ អ្នកសម្របសម្រួលនៃគម្រោងជាអ្នកបង្កើតតំណភ្ជាប់ "
    "ហើយសម្រាប់អ្នកសម្របសម្រួលវិញ គឺអ្នកថែទាំម៉ាស៊ីនមេ (flask users reset)។",
)
COORDINATOR_PROLONGS = _kind(
    "coordinator-prolongs",
    "403.9",
    "This role ends by itself, and lets read records: a coordinator of the project prolongs it.",
    "តួនាទីនេះអានកំណត់ត្រា ហើយចប់ដោយខ្លួនឯង៖ អ្នកសម្របសម្រួលនៃគម្រោងជាអ្នកពន្យារវា។",
)
ENTITY_MASKED = _kind(
    "entity-masked",
    "403.22",
    "This list names people, and this token sees them masked: it could take one for another, so it "
    "adds and deletes nobody. Use a token with the scope “identity”, or ask a coordinator to "
    "declare that the list names nobody.",
    "បញ្ជីនេះមានឈ្មោះមនុស្ស ហើយ token នេះមើលមិនឃើញឈ្មោះទេ៖ វាអាចច្រឡំម្នាក់ជាម្នាក់ទៀត "
    "ដូច្នេះវាមិនអាចបន្ថែម ឬលុបអ្នកណាបានទេ។ សូមប្រើ token ដែលមាន scope “identity” "
    "ឬសុំអ្នកសម្របសម្រួលប្រកាសថាបញ្ជីនេះមិនប្រាប់ពីអ្នកណាទេ។",
)
# --- what ---------------------------------------------------------------------------------------
NOT_FOUND = _kind(
    "not-found",
    "404.1",
    "There is nothing here, or it is not yours to see.",
    "គ្មានអ្វីនៅទីនេះទេ ឬអ្នកគ្មានសិទ្ធិមើល។",
)
API_VERSION_UNKNOWN = _kind(
    "api-version-unknown",
    "404.3",
    "The addresses of this server begin with /v1.",
    "អាសយដ្ឋាននៃម៉ាស៊ីនមេនេះចាប់ផ្តើមដោយ /v1។",
)
FORM_VERSION_UNKNOWN = _kind(
    "form-version-unknown",
    "404.6",
    "The form has no version “{version}”. Publish it first, or name one that is there.",
    "ទម្រង់នេះគ្មានកំណែ “{version}” ទេ។ សូមផ្សាយវាជាមុន ឬប្រើកំណែដែលមាន។",
)
PROJECT_UNKNOWN = _kind(
    "project-unknown",
    "404.1",
    "There is no project {project_id}. “flask projects list” shows those that there are.",
    "គ្មានគម្រោង {project_id} ទេ។ “flask projects list” បង្ហាញគម្រោងដែលមាន។",
)
USER_UNKNOWN = _kind(
    "user-unknown",
    "404.1",
    "There is nobody with the address {email}.",
    "គ្មាននរណាម្នាក់ដែលមានអាសយដ្ឋាន {email} ទេ។",
)
FORM_UNKNOWN = _kind(
    "form-unknown",
    "404.1",
    "The server does not know the form “{form_id}”. The record stays on the phone: "
    "ask your coordinator to publish the form, then send again.",
    "ម៉ាស៊ីនមេមិនស្គាល់ទម្រង់ “{form_id}” ទេ។ កំណត់ត្រានៅក្នុងទូរសព្ទដដែល៖ "
    "សូមឱ្យអ្នកសម្របសម្រួលបោះផ្សាយទម្រង់ រួចផ្ញើម្តងទៀត។",
)
DRAFT_UNKNOWN = _kind(
    "draft-unknown",
    "404.4",
    "There is no draft behind this code. Ask whoever makes the form for a new code.",
    "គ្មានសេចក្តីព្រាងសម្រាប់កូដនេះទេ។ សូមសុំកូដថ្មីពីអ្នកបង្កើតទម្រង់។",
)
DRAFT_REPLACED = _kind(
    "draft-replaced",
    "404.4",
    "This draft was replaced by a newer one. Scan the new code to try that. What you sent to try "
    "this one is not kept.",
    "សេចក្តីព្រាងនេះត្រូវបានជំនួសដោយសេចក្តីព្រាងថ្មី។ សូមស្កេនកូដថ្មីដើម្បីសាកល្បង។ "
    "អ្វីដែលអ្នកបានផ្ញើដើម្បីសាកល្បងមិនត្រូវបានរក្សាទុកទេ។",
)
DRAFT_PUBLISHED = _kind(
    "draft-published",
    "404.4",
    "This draft was published. Fill in the published form, with the usual code of your phone.",
    "សេចក្តីព្រាងនេះត្រូវបានបោះផ្សាយហើយ។ សូមបំពេញទម្រង់ដែលបានបោះផ្សាយ ដោយប្រើកូដធម្មតារបស់ទូរសព្ទ។",
)
DRAFT_DELETED = _kind(
    "draft-deleted",
    "404.4",
    "This draft was deleted. What was sent to try it is not kept: delete it from the phone.",
    "សេចក្តីព្រាងនេះត្រូវបានលុប។ អ្វីដែលបានផ្ញើដើម្បីសាកល្បងមិនត្រូវបានរក្សាទុកទេ៖ សូមលុបវាចេញពីទូរសព្ទ។",
)
ADDRESS_SPENT = _kind(
    "address-spent",
    "410.1",
    "This address showed a file for a short time, to one person. Open the file again on the page "
    "of its record.",
    "អាសយដ្ឋាននេះបង្ហាញឯកសារតែរយៈពេលខ្លី សម្រាប់មនុស្សម្នាក់។ សូមបើកឯកសារម្តងទៀតនៅទំព័រកំណត់ត្រារបស់វា។",
)
EXPORT_GONE = _kind(
    "export-gone",
    "410.2",
    "This file is not there: it is not made yet, it was deleted after its week, or somebody has "
    "taken consent back since it was made. Let it be made anew.",
    "ឯកសារនេះមិនមានទេ៖ វាមិនទាន់បានបង្កើត ត្រូវបានលុបបន្ទាប់ពីមួយសប្តាហ៍ ឬមានអ្នកដកការយល់ព្រមតាំងពីពេលបង្កើតវា។ "
    "សូមឱ្យបង្កើតវាជាថ្មី។",
)
LINK_OVER = _kind(
    "link-over",
    "410.6",
    "This link shows nothing any more: its time is over, or it was ended. Ask whoever sent it to "
    "you for another.",
    "តំណនេះលែងបង្ហាញអ្វីទៀតហើយ៖ វាផុតរយៈពេល ឬត្រូវបានបញ្ចប់។ សូមសុំតំណថ្មីពីអ្នកដែលបានផ្ញើវាមកអ្នក។",
)
STORY_GONE = _kind(
    "story-gone",
    "410.3",
    "What was told here is not here any more: whoever told it took it back, or the time for which "
    "it was allowed is over.",
    "រឿងដែលបានប្រាប់នៅទីនេះ លែងមានទៀតហើយ៖ អ្នកប្រាប់បានដកវាវិញ ឬរយៈពេលដែលបានអនុញ្ញាតបានផុត។",
)
METHOD_NOT_ALLOWED = _kind(
    "method-not-allowed",
    "405.1",
    "This address does not take {method}.",
    "អាសយដ្ឋាននេះមិនទទួល {method} ទេ។",
)
FORM_CLOSED = _kind(
    "form-closed",
    "409.2",
    "The form “{form_id}” is closed and takes no more records. Ask your coordinator to open it.",
    "ទម្រង់ “{form_id}” បានបិទ ហើយមិនទទួលកំណត់ត្រាទៀតទេ។ សូមឱ្យអ្នកសម្របសម្រួលបើកវា។",
)
FORM_DELETED = _kind(
    "form-deleted",
    "409.25",
    "A form “{form_id}” was here and was deleted. Restore it on the page “Forms”, then go on; or "
    "give this one another ID.",
    "ទម្រង់ “{form_id}” ធ្លាប់មាននៅទីនេះ ហើយត្រូវបានលុប។ សូមដាក់វាមកវិញនៅទំព័រ “ទម្រង់” រួចបន្ត "
    "ឬដាក់លេខសម្គាល់ផ្សេងឱ្យទម្រង់នេះ។",
)
TOO_MANY_VARIANTS = _kind(
    "too-many-variants",
    "409.1",
    "This record arrived in more than {limit} different versions. Ask your coordinator.",
    "កំណត់ត្រានេះបានមកដល់លើសពី {limit} កំណែខុសគ្នា។ សូមសួរអ្នកសម្របសម្រួល។",
)
ALREADY_EXISTS = _kind(
    "already-exists",
    "409.3",
    "{what} already exists.",
    "{what} មានរួចហើយ។",
)
LIST_NAME_ALIKE = _kind(
    "list-name-alike",
    "409.16",
    "A list “{current}” is there: “{provided}” differs from it in capital letters alone.",
    "មានបញ្ជី “{current}” រួចហើយ៖ “{provided}” ខុសតែអក្សរធំតូចប៉ុណ្ណោះ។",
)
PROPERTY_NAME_ALIKE = _kind(
    "property-name-alike",
    "409.17",
    "A property “{current}” is there: “{provided}” differs from it in capital letters alone.",
    "មានលក្ខណៈ “{current}” រួចហើយ៖ “{provided}” ខុសតែអក្សរធំតូចប៉ុណ្ណោះ។",
)
ENTITY_WAS_DELETED = _kind(
    "entity-was-deleted",
    "409.19",
    "Deleted entities have these IDs: {uuids}. Restore them, or take other IDs.",
    "លេខសម្គាល់ទាំងនេះជារបស់ធាតុដែលបានលុប៖ {uuids}។ សូមស្ដារវា ឬប្រើលេខផ្សេង។",
)
RELEASE_TOO_CLOSE = _kind(
    "release-too-close",
    "409.48",
    "{indicator} by {by} changed by so few people since release {number} that whoever holds both "
    "could work out who. Release it later, or by fewer dimensions.",
    "{indicator} តាម {by} បានប្រែប្រួលដោយមនុស្សតិចពេក ចាប់តាំងពីការចេញផ្សាយលេខ {number} ដែលអ្នកមានទាំងពីរ "
    "អាចរកដឹងថាជានរណា។ សូមចេញផ្សាយនៅពេលក្រោយ ឬតាមវិមាត្រតិចជាងនេះ។",
)
RELEASE_DECIDED = _kind(
    "release-decided",
    "409.49",
    "Release {number} was published or dropped already. A release never changes: make a new one "
    "that corrects it.",
    "ការចេញផ្សាយលេខ {number} ត្រូវបានផ្សព្វផ្សាយ ឬបោះបង់រួចហើយ។ ការចេញផ្សាយមិនប្រែប្រួលឡើយ៖ សូមធ្វើថ្មីមួយដែលកែវា។",
)
RELEASE_NOT_PUBLISHED = _kind(
    "release-not-published",
    "409.62",
    "Nobody published release {number} (yet), so it cannot have been shown. A second coordinator "
    "publishes it first.",
    "មិនទាន់មាននរណាផ្សព្វផ្សាយការចេញផ្សាយលេខ {number} ទេ ដូច្នេះវាមិនអាចត្រូវបានបង្ហាញទេ។ "
    "អ្នកសម្របសម្រួលទីពីរត្រូវផ្សព្វផ្សាយវាជាមុន។",
)
PRODUCT_CHANGED = _kind(
    "product-changed",
    "409.63",
    "What the document is made of kept changing while it was drawn. Nothing was made. Ask for it "
    "again in a minute.",
    "អ្វីដែលត្រូវដាក់ក្នុងឯកសារបានប្រែប្រួលជាបន្តបន្ទាប់ ពេលកំពុងរៀបចំវា។ មិនបានធ្វើអ្វីទេ។ សូមស្នើម្តងទៀតក្នុងមួយនាទីទៀត។",
)
RELEASE_NOT_FOR_PARTNER = _kind(
    "release-not-for-partner",
    "409.61",
    "Release {number} is for partners with an agreement on sharing information, and {partner} may "
    "see public releases alone. Release the same tables for the public, or write the agreement "
    "down on the page of partners first.",
    "ការចេញផ្សាយលេខ {number} គឺសម្រាប់ដៃគូដែលមានកិច្ចព្រមព្រៀងចែករំលែកព័ត៌មាន ហើយ {partner} "
    "អាចមើលតែការចេញផ្សាយសាធារណៈប៉ុណ្ណោះ។ សូមចេញផ្សាយតារាងដដែលសម្រាប់សាធារណៈ "
    "ឬកត់ត្រាកិច្ចព្រមព្រៀងនៅទំព័រដៃគូជាមុន។",
)
ENTITY_VERSION_CONFLICT = _kind(
    "entity-version-conflict",
    "409.15",
    "The entity is at version {current} now, not at {given}. Read it again, then change it; or "
    "send baseVersion={current}, or force=true.",
    "ធាតុនេះស្ថិតនៅកំណែ {current} ហើយ មិនមែន {given} ទេ។ សូមអានវាម្តងទៀត រួចកែវា ឬផ្ញើ "
    "baseVersion={current} ឬ force=true។",
)
ENTITY_NOT_CONTRADICTED = _kind(
    "entity-not-contradicted",
    "400.32",
    "Nothing about this entity is to be settled: no two changed it to different values.",
    "គ្មានអ្វីត្រូវសម្រេចអំពីធាតុនេះទេ៖ គ្មានអ្នកពីរនាក់បានកែវាខុសគ្នាទេ។",
)
ENTITY_NOT_APPLIED = _kind(
    "entity-not-applied",
    "409.32",
    "The entity cannot be changed so: {reason}.",
    "មិនអាចកែធាតុបែបនេះបានទេ៖ {reason}។",
)
IMPORT_REFUSED = _kind(
    "import-refused",
    "400.51",
    "The file has {count} rows that cannot be brought in. Nothing was. See “details”, mend the "
    "file and try again.",
    "ឯកសារមាន {count} ជួរដែលមិនអាចនាំចូលបាន។ មិនបាននាំចូលអ្វីទេ។ សូមមើល “details” កែឯកសារ រួចព្យាយាមម្តងទៀត។",
)
IMPORT_MOVED = _kind(
    "import-moved",
    "409.33",
    "The list was changed since you looked at what the file would do; perhaps this file was "
    "brought in already. Nothing was brought in now. Look again (dryRun=true), then bring it in "
    "with the new “state”.",
    "បញ្ជីត្រូវបានកែ ក្រោយពេលអ្នកមើលអ្វីដែលឯកសារនឹងធ្វើ ឬឯកសារនេះត្រូវបាននាំចូលរួចហើយ។ លើកនេះមិនបាននាំចូលអ្វីទេ។ "
    "សូមមើលម្តងទៀត (dryRun=true) រួចនាំចូលជាមួយ “state” ថ្មី។",
)
ALREADY_RENEWED = _kind(
    "already-renewed",
    "409.26",
    "This phone has got a new code already. It is shown once only.",
    "ទូរសព្ទនេះបានទទួលកូដថ្មីរួចហើយ។ កូដបង្ហាញតែម្តងប៉ុណ្ណោះ។",
)
DEVICE_ENDED = _kind(
    "device-ended",
    "409.27",
    "The access of this phone was ended for good. Enrol the phone again: it gets a new code.",
    "សិទ្ធិរបស់ទូរសព្ទនេះត្រូវបានបញ្ចប់ជាស្ថាពរ។ សូមចុះឈ្មោះទូរសព្ទម្តងទៀត៖ វានឹងទទួលកូដថ្មី។",
)
NO_PUBLISHED_VERSION = _kind(
    "no-published-version",
    "409.7",
    "This form was never published, so nothing would be left of it. Replace the draft instead.",
    "ទម្រង់នេះមិនទាន់ត្រូវបានបោះផ្សាយទេ ដូច្នេះនឹងគ្មានអ្វីនៅសល់។ សូមជំនួសសេចក្តីព្រាងវិញ។",
)
INSTANCE_ID_TAKEN = _kind(
    "instance-id-taken",
    "409.8",
    "Another record has this instance ID already. Give the edit a new one and send it again.",
    "កំណត់ត្រាផ្សេងមាន instance ID នេះរួចហើយ។ សូមដាក់លេខថ្មីឱ្យការកែ រួចផ្ញើម្តងទៀត។",
)
BASE_IS_OLD = _kind(
    "base-is-old",
    "409.9",
    "The version that was edited is not the present one any more. Fetch that, and edit it again.",
    "កំណែដែលបានកែលែងជាកំណែបច្ចុប្បន្នហើយ។ សូមទាញយកកំណែបច្ចុប្បន្ន រួចកែម្តងទៀត។",
)
SEALED_RECORD = _kind(
    "sealed-record",
    "409.31",
    "This record was sealed when it came in: files can only come together with it, as phones "
    "send them.",
    "កំណត់ត្រានេះត្រូវបានចាក់សោពេលមកដល់៖ ឯកសារអាចមកជាមួយវាតែប៉ុណ្ណោះ ដូចទូរសព្ទផ្ញើ។",
)
VERSION_EXISTS = _kind(
    "version-exists",
    "409.6",
    "Form “{form_id}” already has a version “{version}” with other content. "
    "Published versions never change: give the form a new version and publish again.",
    "ទម្រង់ “{form_id}” មានកំណែ “{version}” ដែលមានខ្លឹមសារផ្សេងរួចហើយ។ "
    "កំណែដែលបានបោះផ្សាយមិនផ្លាស់ប្តូរទេ៖ សូមដាក់លេខកំណែថ្មី រួចបោះផ្សាយម្តងទៀត។",
)
KEY_NOT_CONFIRMED = _kind(
    "key-not-confirmed",
    "409.28",
    "The key that form “{form_id}” is sealed to would change. Until now: {before}. New: {after}. "
    "Compare the new one with the paper kept with the private key. If the team has decided this, "
    "publish again and name it (--new-key {after}). If not, publish nothing and tell the "
    "coordinators: somebody may want to read, or to lock away, what people tell.",
    "សោដែលប្រើចាក់ទម្រង់ “{form_id}” នឹងផ្លាស់ប្តូរ។ មកដល់ពេលនេះ៖ {before}។ ថ្មី៖ {after}។ "
    "សូមប្រៀបធៀបសោថ្មីជាមួយក្រដាសដែលរក្សាទុកជាមួយសោឯកជន។ បើក្រុមបានសម្រេចដូច្នេះ "
    "សូមបោះផ្សាយម្តងទៀត ដោយបញ្ជាក់វា (--new-key {after})។ បើមិនមែនទេ កុំបោះផ្សាយ ហើយប្រាប់អ្នកសម្របសម្រួល៖ "
    "អាចមានអ្នកចង់អាន ឬចាក់សោអ្វីដែលមនុស្សបានប្រាប់។",
)
KEY_NOT_NAMED = _kind(
    "key-not-named",
    "409.29",
    "Form “{form_id}” would be sealed to {after}, not to {named}. Nothing was published.",
    "ទម្រង់ “{form_id}” នឹងចាក់សោដោយ {after} មិនមែន {named} ទេ។ មិនបានបោះផ្សាយអ្វីទេ។",
)
WRONG_HOST = _kind(
    "wrong-host",
    "421.1",
    "This server answers only at its own address: {address}",
    "ម៉ាស៊ីនមេនេះឆ្លើយតែនៅអាសយដ្ឋានរបស់ខ្លួនប៉ុណ្ណោះ៖ {address}",
)
BODY_TOO_LARGE = _kind(
    "body-too-large",
    "413.1",
    "The upload is larger than this server takes at once ({limit_mb} MB). "
    "The record stays on the phone: use smaller pictures, or ask your coordinator.",
    "ការផ្ញើនេះធំជាងដែលម៉ាស៊ីនមេទទួលបានម្តង ({limit_mb} MB)។ "
    "កំណត់ត្រានៅក្នុងទូរសព្ទដដែល៖ សូមប្រើរូបភាពតូចជាងនេះ ឬសួរអ្នកសម្របសម្រួល។",
)
BATCH_TOO_LARGE = _kind(
    "batch-too-large",
    "413.5",
    "A batch may hold {items} items and {limit_mb} MiB. Send it in parts.",
    "បាច់មួយអាចមាន {items} ធាតុ និង {limit_mb} MiB។ សូមផ្ញើជាផ្នែកៗ។",
)
TOO_LARGE_FOR_SHEET = _kind(
    "too-large-for-sheet",
    "413.4",
    "This is more than a sheet of Excel can hold ({limit}). Take another shape, fewer records, or "
    "CSV.",
    "នេះច្រើនជាងអ្វីដែលសន្លឹក Excel មួយអាចផ្ទុកបាន ({limit})។ សូមយករាងផ្សេង កំណត់ត្រាតិចជាងនេះ ឬ CSV។",
)
XML_TOO_LARGE = _kind(
    "xml-too-large",
    "413.2",
    "The form data is larger than {limit_mb} MB. The record stays on the phone: "
    "ask your coordinator.",
    "ទិន្នន័យទម្រង់ធំជាង {limit_mb} MB។ កំណត់ត្រានៅក្នុងទូរសព្ទដដែល៖ សូមសួរអ្នកសម្របសម្រួល។",
)
TOO_MANY_PARTS = _kind(
    "too-many-parts",
    "413.3",
    "The upload has more than {limit} parts. Send fewer files at once.",
    "ការផ្ញើមានលើសពី {limit} ផ្នែក។ សូមផ្ញើឯកសារតិចជាងនេះក្នុងម្តង។",
)
UNSUPPORTED_MEDIA_TYPE = _kind(
    "unsupported-media-type",
    "415.1",
    "This kind of content is not understood here: {given}. Expected: {expected}.",
    "ប្រភេទខ្លឹមសារនេះមិនស្គាល់ទេ៖ {given}។ ត្រូវការ៖ {expected}។",
)
TOO_MANY_REQUESTS = _kind(
    "too-many-requests",
    "429.1",
    "Too many tries. Wait {seconds} seconds, then try again.",
    "ព្យាយាមច្រើនដងពេក។ សូមរង់ចាំ {seconds} វិនាទី រួចព្យាយាមម្តងទៀត។",
    retry_after_s=60,
)
DEVICE_QUOTA = _kind(
    "device-quota",
    "429.2",
    "This phone has sent as much as one phone may send in a day. What is left stays on the phone "
    "and is safe there: send it again tomorrow, or ask your coordinator.",
    "ទូរសព្ទនេះបានផ្ញើគ្រប់ចំនួនដែលទូរសព្ទមួយអាចផ្ញើក្នុងមួយថ្ងៃហើយ។ អ្វីដែលនៅសល់ ស្ថិតក្នុងទូរសព្ទដោយសុវត្ថិភាព៖ "
    "សូមផ្ញើម្តងទៀតនៅថ្ងៃស្អែក ឬសួរអ្នកសម្របសម្រួល។",
    retry_after_s=3600,
)
EXPORT_RUNNING = _kind(
    "export-running",
    "429.3",
    "Another file is being made for you. Wait until it has ended, then ask again.",
    "ឯកសារមួយទៀតកំពុងរៀបចំសម្រាប់អ្នក។ សូមរង់ចាំឱ្យចប់ រួចស្នើម្តងទៀត។",
    retry_after_s=30,
)
INTERNAL_ERROR = _kind(
    "internal-error",
    "500.1",
    "Something went wrong on the server. Nothing was lost. Reference: {reference}.",
    "មានបញ្ហានៅលើម៉ាស៊ីនមេ។ គ្មានអ្វីបាត់បង់ទេ។ លេខយោង៖ {reference}។",
)
NOT_IMPLEMENTED = _kind(
    "not-implemented",
    "501.1",
    "This server does not offer {what}.",
    "ម៉ាស៊ីនមេនេះមិនផ្តល់ {what} ទេ។",
)
ODATA_UNSUPPORTED = _kind(
    "odata-unsupported",
    "501.4",
    "This server does not offer {what}.",
    "ម៉ាស៊ីនមេនេះមិនផ្តល់ {what} ទេ។",
)
ODATA_FIELD_UNSUPPORTED = _kind(
    "odata-field-unsupported",
    "501.5",
    "This server does not filter or order by the field {what}.",
    "ម៉ាស៊ីនមេនេះមិនត្រង ឬតម្រៀបតាមវាល {what} ទេ។",
)
ODATA_EXPAND_UNSUPPORTED = _kind(
    "odata-expand-unsupported",
    "501.6",
    "This server does not offer {what}. Only $expand=* is.",
    "ម៉ាស៊ីនមេនេះមិនផ្តល់ {what} ទេ។ មានតែ $expand=* ប៉ុណ្ណោះ។",
)
ODATA_SELECT_EXPAND = _kind(
    "odata-select-expand",
    "501.11",
    "This server does not offer $expand with $select.",
    "ម៉ាស៊ីនមេនេះមិនផ្តល់ $expand ជាមួយ $select ទេ។",
)
BUSY = _kind(
    "busy",
    "503.1",
    "The server is busy or restarting. Your data is safe on the phone; it will be sent again.",
    "ម៉ាស៊ីនមេកំពុងរវល់ ឬកំពុងចាប់ផ្តើមឡើងវិញ។ ទិន្នន័យនៅមានសុវត្ថិភាពក្នុងទូរសព្ទ ហើយនឹងផ្ញើម្តងទៀត។",
    retry_after_s=60,
)
RANGE_NOT_SATISFIABLE = _kind(
    "range-not-satisfiable",
    "416.1",
    "The file has no such part. Ask for the whole file.",
    "ឯកសារគ្មានផ្នែកនេះទេ។ សូមសុំឯកសារទាំងមូល។",
)
KEYS_MISSING = _kind(
    "keys-missing",
    "503.2",
    "The server cannot open its keys, and takes nothing in until the office has put them back. "
    "Your data is safe on the phone; it will be sent again.",
    "ម៉ាស៊ីនមេមិនអាចបើកសោរបស់វាបានទេ ហើយមិនទទួលអ្វីទេ រហូតដល់ការិយាល័យដាក់វាមកវិញ។ "
    "ទិន្នន័យនៅមានសុវត្ថិភាពក្នុងទូរសព្ទ ហើយនឹងផ្ញើម្តងទៀត។",
    retry_after_s=600,
)
PROJECT_FULL = _kind(
    "project-full",
    "507.2",
    "The space on the server for this project is used up. Your data stays on the phone and is safe "
    "there. Please tell your coordinator, and send it again when they say so.",
    "កន្លែងផ្ទុកលើម៉ាស៊ីនមេសម្រាប់គម្រោងនេះអស់ហើយ។ ទិន្នន័យនៅក្នុងទូរសព្ទ ហើយមានសុវត្ថិភាព។ "
    "សូមប្រាប់អ្នកសម្របសម្រួល ហើយផ្ញើម្តងទៀតនៅពេលគេប្រាប់។",
    retry_after_s=3600,
)
DISK_FULL = _kind(
    "disk-full",
    "507.1",
    "The server has no room left. Your data stays on the phone and is safe there. "
    "Please tell your coordinator.",
    "ម៉ាស៊ីនមេអស់កន្លែងផ្ទុកហើយ។ ទិន្នន័យនៅក្នុងទូរសព្ទ ហើយមានសុវត្ថិភាព។ សូមប្រាប់អ្នកសម្របសម្រួល។",
    retry_after_s=300,
)

# --- moving in ----------------------------------------------------------------------------------
SOURCE_ADDRESS = _kind(
    "source-address",
    "400.54",
    "This address cannot be asked: {reason}.",
    "មិនអាចសួរអាសយដ្ឋាននេះបានទេ៖ {reason}។",
)
SOURCE_DENIED = _kind(
    "source-denied",
    "400.55",
    "The other server does not let in whoever shows this token or password, or not to this. Make a "
    "new token there, with the right to read forms and submissions, and try again.",
    "ម៉ាស៊ីនមេម្ខាងទៀតមិនទទួលថូខិន ឬពាក្យសម្ងាត់នេះទេ ឬមិនអនុញ្ញាតឱ្យមើលអ្វីដែលបានសួរ។ "
    "សូមបង្កើតថូខិនថ្មីនៅទីនោះ ដែលមានសិទ្ធិអានទម្រង់ និងការផ្ញើ ហើយព្យាយាមម្តងទៀត។",
)
SOURCE_STRANGE = _kind(
    "source-strange",
    "400.56",
    "What was found there is not understood: {reason}. Check the kind of server and the address.",
    "មិនយល់អ្វីដែលរកឃើញនៅទីនោះទេ៖ {reason}។ សូមពិនិត្យប្រភេទម៉ាស៊ីនមេ និងអាសយដ្ឋាន។",
)
SOURCE_TOO_LARGE = _kind(
    "source-too-large",
    "400.57",
    "The other server sends more than {limit_mb} MB at once. That is not taken.",
    "ម៉ាស៊ីនមេម្ខាងទៀតផ្ញើលើសពី {limit_mb} MB ក្នុងម្តង។ មិនទទួលទេ។",
)
SOURCE_AWAY = _kind(
    "source-away",
    "502.1",
    "The other server cannot be reached: {reason}. What came so far is kept; try again later, and "
    "it goes on where it stopped.",
    "មិនអាចទៅដល់ម៉ាស៊ីនមេម្ខាងទៀតបានទេ៖ {reason}។ អ្វីដែលមកដល់ហើយត្រូវបានរក្សាទុក។ "
    "សូមព្យាយាមម្តងទៀតនៅពេលក្រោយ វានឹងបន្តពីកន្លែងដែលបានឈប់។",
)
