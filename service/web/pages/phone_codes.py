"""The page that shows a phone's code, once, and says in both languages what to do with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from service.accounts import actions, digest, enrolment
from service.accounts.queries import phones as rows
from service.forms import queries as forms
from service.foundation.db import reading
from service.web.asking import settings
from service.web.pages import frame
from service.web.pages.texts import LANGUAGES, text

LOCAL = frozenset({"127.0.0.1", "localhost", "0.0.0.0", "::1", "::"})  # noqa: S104 - names to find
"""Hosts by which a machine calls itself; a phone that is told one of them calls itself too."""
NEW_STEPS = ("step_install", "step_open", "step_scan", "step_send")
RENEWED_STEPS = ("again_open", "again_unlock", "again_scan", "again_send")


def enrolment_page(project_id: int, made: actions.NewAppUser, steps: Sequence[str]) -> str:
    """The code of a phone, new or renewed, and what to do with it on the phone."""
    project = frame.project()
    with reading() as session:
        row = rows.find_app_user(session, project_id, made.id)
        scope = None if row is None or row.all_forms else row.form_ids
        offered = forms.list_open_forms(session, project_id, scope)
    url = f"{settings().public_url}/v1/key/{made.token}/projects/{project_id}"
    admin_password = enrolment.new_admin_password()
    payload = enrolment.encode(
        enrolment.settings(
            server_url=url,
            project_name=project.name,
            language=project.language,
            admin_password=admin_password,
        )
    )
    first = frame.page_language()
    return frame.page(
        "phone_enrol.html",
        here="phones",
        name=made.name,
        is_new=steps == NEW_STEPS,
        url=url,
        unreachable=unreachable(),
        # Our own drawing, made of numbers; its title is escaped by the library.
        qr=Markup(enrolment.qr_svg(payload, frame.say("enrol.qr"))),  # noqa: S704 - squares
        admin_password=admin_password,
        digest_url=f"{settings().public_url}/v1/projects/{project_id}",
        digest_user=digest.user_name(made.id),
        digest_password=made.digest_password,
        sealed=[form for form in offered if form.key_fingerprint],
        expires_at=made.expires_at,
        steps_in=[
            (language, _steps(steps, language))
            for language in sorted(LANGUAGES, key=lambda language: language != first)
        ],
    )


def _steps(steps: Sequence[str], language: str) -> dict[str, Any]:
    return {
        "heading": text("enrol.steps", language),
        "steps": [text(f"enrol.{step}", language) for step in steps],
    }


def unreachable() -> str:
    """The address of this server, where no phone can have it; else ""."""
    url = urlsplit(settings().public_url)
    return url.netloc if url.hostname in LOCAL else ""
