"""Ids of rows: what joins a repeat to its record. Pure; as ODK Central and Briefcase make them."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from service.exports.layout import ROOT, Layout, Table
from service.exports.record import Chain


def row_id(instance_id: str, table: Table, chain: Chain) -> str:
    """`__id` of a row: of a record its instance ID, of a repeat a hash of the way to it."""
    return _hashed(instance_id, table, len(table.path), chain)


def parent_id(instance_id: str, table: Table, chain: Chain) -> str:
    depth = table.repeats[-2] if len(table.repeats) > 1 else 0
    return _hashed(instance_id, table, depth, chain)


def parent_key(layout: Layout, table: Table) -> str:
    """The name under which a row of a repeat says whose it is: `__Submissions-…-id`."""
    depth = table.repeats[-2] if len(table.repeats) > 1 else 0
    return "-".join([f"__{ROOT}", *layout.odata_path(table.path[:depth])]) + "-id"


def _hashed(instance_id: str, table: Table, depth: int, chain: Chain) -> str:
    if depth == 0:
        return instance_id
    parts, numbers = [f"{ROOT}#{instance_id}"], iter(chain)
    for at, name in enumerate(table.path[:depth], start=1):
        parts.append(f"{name}#{next(numbers)}" if at in table.repeats else f"{name}#")
    return hashlib.sha1("%%".join(parts).encode(), usedforsecurity=False).hexdigest()


def csv_key(instance_id: str, table: Table, chain: Chain) -> str:
    """`uuid:…/group/repeat[1]`: 1-based."""
    return _path_key(instance_id, table, len(table.path), chain)


def csv_parent_key(instance_id: str, table: Table, chain: Chain) -> str:
    return _path_key(instance_id, table, table.repeats[-2] if len(table.repeats) > 1 else 0, chain)


def _path_key(instance_id: str, table: Table, depth: int, chain: Chain) -> str:
    parts, numbers = [instance_id], iter(chain)
    for at, name in enumerate(table.path[:depth], start=1):
        parts.append(f"{name}[{next(numbers) + 1}]" if at in table.repeats else name)
    return "/".join(parts)


def navigation(layout: Layout, instance_id: str, table: Table, holder: Chain) -> str:
    """Where the rows of a repeat are found that one row holds."""
    parts = [f"{ROOT}('{quote(instance_id, safe='')}')"]
    for at in range(1, len(table.path) + 1):
        name = layout.names[table.path[:at]]
        if at in table.repeats and at < len(table.path):
            parts.append(f"{name}('{_hashed(instance_id, table, at, holder)}')")
        else:
            parts.append(name)
    return "/".join(parts)
