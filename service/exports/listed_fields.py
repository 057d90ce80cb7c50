"""The questions, groups and repeats of a form as ODK Central lists them (`…/fields`). Pure."""

from __future__ import annotations

from typing import Any

from service.exports.layout import Layout


def listed(layout: Layout, *, for_odata: bool = False) -> list[dict[str, Any]]:
    """In the order of the form, each group before what is in it; `for_odata`: under the names that
    tables of OData have."""
    columns = {column.path: column for table in layout.tables for column in table.columns}
    repeats = {table.path for table in layout.tables}
    found = []
    for path in layout.names:
        column = columns.get(path)
        kind = "repeat" if path in repeats else "structure"
        words = layout.odata_path(path) if for_odata else list(path)
        found.append(
            {
                "path": "/" + "/".join(words),
                "name": words[-1],
                "type": kind if column is None else column.type,
                "binary": True if column is not None and column.type == "binary" else None,
                "selectMultiple": True if column is not None and column.is_multiple else None,
            }
        )
    return found
