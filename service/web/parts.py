"""Files of which a part may be asked for: a broken download goes on, a film begins midway."""

from __future__ import annotations

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from service.foundation.problems import RANGE_NOT_SATISFIABLE, Problem


def answer(response: Response, size: int) -> Response:
    """`response`, which holds the whole file, or the part of it that is asked for (206); whole
    again where `If-Range` names another file than its `ETag`. Raises RANGE_NOT_SATISFIABLE."""
    response.content_length = size
    if "," in request.headers.get("Range", ""):  # several at once: the whole answers them too
        return response
    try:
        response.make_conditional(request.environ, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        raise Problem(RANGE_NOT_SATISFIABLE, content_range=f"bytes */{size}") from None
    return response
