"""`/<slug>/formList` and `/<slug>/submission`: who comes from KoboToolbox changes the host alone.

Kobo's phones ask under the name of an account. Here it is the project's; what the list leads to
has its usual address.
"""

from __future__ import annotations

from flask import Blueprint

from service.accounts.policy import Act
from service.web.identify import allows
from service.web.openrosa.formlist import form_list
from service.web.openrosa.submission import head_submission, post_submission

blp = Blueprint("kobo_alias", __name__)

for _name, _path, _view, _methods in (
    ("form_list", "formList", form_list, ["GET", "HEAD"]),
    ("head", "submission", allows(Act.SUBMISSION_SEND)(head_submission), ["GET", "HEAD"]),
    ("post", "submission", allows(Act.SUBMISSION_SEND)(post_submission), ["POST"]),
):
    blp.add_url_rule(
        f"/<slug>/{_path}", _name, _view, methods=_methods, provide_automatic_options=False
    )
