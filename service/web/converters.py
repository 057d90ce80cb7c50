"""Parts of addresses that are names people chose: a form's ID, a version, an instance ID.

Clients of ODK Central write a slash in one as `%2F`. The servers decode a path before anybody here
sees it, and keep no original: so a name may hold slashes, and the fixed words around it decide
where it ends.
"""

from __future__ import annotations

from werkzeug.routing import BaseConverter


class NameConverter(BaseConverter):
    """`<name:form>`: as long as the IDs that are stored, so no address keeps the matcher busy."""

    regex = ".{1,255}?"
    part_isolating = False
    weight = 300
    """After the parts that hold no slash."""
