"""What is checked of a workbook before anything unpacks it: zip bombs, macros, foreign parts."""

from __future__ import annotations

import io
import itertools
import stat
import zipfile

from service.forms.mistakes import Mistake, Words, mistake

MAX_BYTES = 5 * 1024 * 1024
MAX_MEMBERS = 1_000
MAX_UNPACKED = 64 * 1024 * 1024
MAX_RATIO = 100
"""Unpacked bytes per packed byte; a real workbook stays below 60."""

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = 0x1


def find_mistake(workbook: bytes) -> Mistake | None:
    """Why the workbook is not opened; None = it may be given to the converter."""
    if len(workbook) > MAX_BYTES:
        return mistake(_TOO_LARGE, _SPLIT)
    if workbook.startswith(_OLD_EXCEL):
        return mistake(_OLD, _SAVE_AS_XLSX)
    try:
        with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
            return _mistake_of_members(archive.infolist(), len(workbook))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return mistake(_NOT_A_WORKBOOK, _SAVE_AS_XLSX)


def _mistake_of_members(members: list[zipfile.ZipInfo], packed: int) -> Mistake | None:
    if not any(member.filename == "[Content_Types].xml" for member in members):
        return mistake(_NOT_A_WORKBOOK, _SAVE_AS_XLSX)
    unpacked = sum(member.file_size for member in members)
    is_bomb = unpacked > MAX_UNPACKED or unpacked > packed * MAX_RATIO
    if len(members) > MAX_MEMBERS or is_bomb or _overlap(members):
        return mistake(_BOMB, _COPY_TO_NEW)
    if any(_is_odd(member) for member in members):
        return mistake(_ODD, _COPY_TO_NEW)
    if any("externallinks/" in member.filename.casefold() for member in members):
        return mistake(_LINKS, _BREAK_LINKS)
    return None


def _overlap(members: list[zipfile.ZipInfo]) -> bool:
    """Members that share packed bytes: the trick of quoted zip bombs."""
    ordered = sorted(members, key=lambda member: member.header_offset)
    return any(
        one.header_offset + one.compress_size > other.header_offset
        for one, other in itertools.pairwise(ordered)
    )


def _is_odd(member: zipfile.ZipInfo) -> bool:
    """Encrypted, a link, or a name that leaves the archive."""
    name = member.filename.replace("\\", "/")
    return (
        bool(member.flag_bits & _ENCRYPTED)
        or stat.S_ISLNK(member.external_attr >> 16)
        or name.startswith("/")
        or ".." in name.split("/")
    )


_SAVE_AS_XLSX = Words(
    en="Open it in Excel or LibreOffice, choose “Save as” and the type .xlsx, and upload that.",
    km="សូមបើកវាក្នុង Excel ឬ LibreOffice ជ្រើស “Save as” ប្រភេទ .xlsx រួចបញ្ចូលឯកសារនោះ។",
)
_COPY_TO_NEW = Words(
    en="Copy its sheets into a new workbook, save that as .xlsx without a password, upload it.",
    km="សូមចម្លងសន្លឹកទៅក្នុងសៀវភៅថ្មី រក្សាទុកជា .xlsx ដោយគ្មានពាក្យសម្ងាត់ រួចបញ្ចូលវា។",
)
_SPLIT = Words(
    en="Take out pictures and unused sheets, and give long lists as CSV files beside the form.",
    km="សូមដករូបភាព និងសន្លឹកដែលមិនប្រើចេញ ហើយដាក់បញ្ជីវែងៗជាឯកសារ CSV ក្បែរទម្រង់។",
)
_BREAK_LINKS = Words(
    en="In Excel choose Data, Edit Links, Break Link; save and upload again.",
    km="ក្នុង Excel សូមជ្រើស Data, Edit Links, Break Link រួចរក្សាទុក និងបញ្ចូលម្តងទៀត។",
)
_TOO_LARGE = Words(
    en=f"The workbook is larger than {MAX_BYTES // (1024 * 1024)} MiB.",
    km=f"សៀវភៅនេះធំជាង {MAX_BYTES // (1024 * 1024)} MiB។",
)
_OLD = Words(
    en="This is a workbook of the old kind (.xls) or one with a password; it is not read here.",
    km="នេះជាសៀវភៅប្រភេទចាស់ (.xls) ឬមានពាក្យសម្ងាត់ ដែលមិនអានបានទេ។",
)
_NOT_A_WORKBOOK = Words(
    en="The file is not an Excel workbook (.xlsx), or it did not arrive whole.",
    km="ឯកសារនេះមិនមែនជាសៀវភៅ Excel (.xlsx) ទេ ឬមកមិនគ្រប់។",
)
_BOMB = Words(
    en="The workbook would unpack to far more than a form needs.",
    km="សៀវភៅនេះនឹងលាតចេញធំហួសពីអ្វីដែលទម្រង់ត្រូវការ។",
)
_ODD = Words(
    en="The workbook is encrypted or holds odd file names.",
    km="សៀវភៅនេះត្រូវបានអ៊ិនគ្រីប ឬមានឈ្មោះឯកសារចម្លែក។",
)
_LINKS = Words(
    en="The workbook refers to other workbooks.",
    km="សៀវភៅនេះយោងទៅសៀវភៅផ្សេងទៀត។",
)
