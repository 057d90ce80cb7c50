"""What clients of ODK Central ask for in headers, and how lists are told apart from their last."""

from __future__ import annotations

from flask import Flask, Response, request

from service.web.packing import TEXTS


def is_extended() -> bool:
    """Whether actors and counts are wanted beside the ids."""
    return request.headers.get("X-Extended-Metadata", "").casefold() == "true"


def install(app: Flask) -> None:
    app.after_request(_tag)


def _tag(response: Response) -> Response:
    """A validator on a text that was made whole; what the client has is not sent again. A stream
    brings its own, and must not be touched: looking at it would hold all of it in memory."""
    is_asked = request.method in ("GET", "HEAD") and request.path.startswith("/v1/")
    if not is_asked or response.status_code != 200 or response.is_streamed:
        return response
    if (response.mimetype or "").startswith(TEXTS):
        if "ETag" not in response.headers:
            response.add_etag(weak=True)
        response.make_conditional(request)
    return response
