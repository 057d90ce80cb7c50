"""Instance XML in folders, as ODK Briefcase, Collect and Kobo's and Ona's downloads keep it. Pure.

Each record lies in a folder of its own with its files beside it, or alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath

from service.foundation.formats import bundle, safe_xml
from service.foundation.formats.bundle import Bundle, BundleRefused
from service.intake.readers import xform_xml
from service.moving.plan import Why
from service.moving.readers.kept_files import KeptRecord
from service.moving.source import MOST_FILE, SourceRecord, moment

MOST_XML = safe_xml.MAX_BYTES


def records(held: Bundle, form_id: str) -> Iterator[KeptRecord]:
    """Records of that form, each after the one that it edits; other XML that lies there is none of
    them."""
    names = set(held.names())
    later: dict[str, SourceRecord] = {}
    for name in sorted(names):
        found = _record(held, name, names, form_id) if _is_xml(name) else None
        if found is not None and found.record.base_id is None:
            yield found
        elif found is not None:
            later[name] = found.record
    while later:
        waiting = {one.instance_id for one in later.values()}
        ready = [name for name, one in later.items() if one.base_id not in waiting]
        for name in ready or list(later):  # in a circle no one is the first
            del later[name]
            found = _record(held, name, names, form_id)
            if found is not None:
                yield found


def _is_xml(name: str) -> bool:
    return name.casefold().endswith(".xml")


def _record(held: Bundle, name: str, names: set[str], form_id: str) -> KeptRecord | None:
    try:
        xml = bundle.read(held, name, MOST_XML)
        root = safe_xml.parse(xml)
    except (BundleRefused, safe_xml.XmlRefused):
        return _refused(name, Why.UNREADABLE)
    try:
        its_form, version = xform_xml.form_key(root)
    except ValueError:
        return _refused(name, Why.UNREADABLE)
    if its_form != form_id:
        return None
    instance, is_made = xform_xml.read(root, xml, None)
    if is_made:
        return _refused(name, Why.NO_ID)
    record = SourceRecord(
        key=name,
        instance_id=instance.instance_id,
        root_id=instance.deprecated_id or instance.instance_id,
        base_id=instance.deprecated_id,
        version=version,
        submitted_at=moment(root.get("submissionDate")),
    )
    beside = PurePosixPath(name).parent
    return KeptRecord(record=record, xml=xml, open_file=partial(_open, held, beside, names))


def _refused(name: str, why: Why) -> KeptRecord:
    record = SourceRecord(key=name, instance_id=name, root_id=name, fault=why)
    return KeptRecord(record=record, xml=b"", open_file=lambda _: None)


def _open(
    held: Bundle, beside: PurePosixPath, names: set[str], file: str
) -> Iterator[bytes] | None:
    where = (beside / file).as_posix()
    return bundle.pieces(held, where, MOST_FILE) if where in names else None
