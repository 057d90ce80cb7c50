"""The fresh code that a form brings along, so that what was typed is never lost for it.

A form whose act wants a fresh code (`policy.STEP_UP`) and that comes without one is answered by the
page that asks for it. What was typed goes along in hidden fields and comes back with the code, to
the address of the form: nothing is kept here meanwhile, nothing stands in an address, and no form
needs to know of it. The code is taken out of the form before its view sees it.
"""

from __future__ import annotations

from flask import request
from werkzeug.datastructures import ImmutableMultiDict

CODE = "fresh_code"
RECOVERY = "fresh_recovery"
"""Fields of the page that asks: of the app, or from the paper. No form may have them."""


def take_out() -> str:
    """The code, taken out of the form; "" where there is none."""
    given = request.form
    request.form = ImmutableMultiDict(typed())
    return given.get(CODE) or given.get(RECOVERY) or ""


def typed() -> list[tuple[str, str]]:
    """Names and values of the form, as often as they were given, without the code."""
    pairs = request.form.items(multi=True)
    return [(name, value) for name, value in pairs if name not in (CODE, RECOVERY)]
