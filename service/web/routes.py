"""Every blueprint, in one list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from service.web import errors, extended, packing
from service.web.api import (
    app_users,
    audits,
    consent,
    copies,
    counting,
    dataset_diffs,
    datasets,
    dialogue,
    diffs,
    drafts,
    entities,
    entity_removals,
    entity_tables,
    facts,
    form_versions,
    forms,
    health,
    indicators,
    odata,
    persons,
    products,
    projects,
    releases,
    removals,
    reviews,
    roles,
    rows,
    sessions,
    submissions,
    sync,
    sync_changes,
    testimonies,
    treaty,
    trial_odata,
)
from service.web.identify import PUBLIC, allows
from service.web.openrosa import (
    briefcase,
    entity_csv,
    formlist,
    kobo_alias,
    manifest,
    submission,
    trying,
)
from service.web.pages import blueprints as pages


class SamlengApi(Api):  # type: ignore[misc]
    """flask-smorest, answering errors as all our routes do."""

    def handle_http_exception(self, error: HTTPException) -> object:
        return errors.answer_framework(error)


def install(app: Flask) -> None:
    app.config.update(
        API_TITLE="Samleng",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/docs",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = SamlengApi(app)
    for blueprint in (
        app_users.blp,
        audits.blp,
        consent.blp,
        copies.blp,
        dataset_diffs.blp,
        datasets.blp,
        diffs.blp,
        drafts.blp,
        entities.blp,
        entity_removals.blp,
        entity_tables.blp,
        forms.blp,
        form_versions.blp,
        facts.blp,
        indicators.blp,
        releases.blp,
        dialogue.blp,
        counting.blp,
        odata.blp,
        persons.blp,
        products.blp,
        projects.blp,
        removals.blp,
        reviews.blp,
        roles.blp,
        rows.blp,
        sessions.blp,
        submissions.blp,
        sync.blp,
        testimonies.blp,
        sync_changes.blp,
        treaty.blp,
        trial_odata.blp,
    ):
        api.register_blueprint(blueprint)
    packing.install(app)
    extended.install(app)  # its tags are of what is said, and come before
    for blueprint in (
        health.blp,
        formlist.blp,
        manifest.blp,
        entity_csv.blp,
        submission.blp,
        trying.blp,
        briefcase.blp,
        kobo_alias.blp,
    ):
        app.register_blueprint(blueprint)
    pages.install(app)
    # The description of the API names no data: anybody may read it.
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith("api-docs."):
            app.view_functions[endpoint] = allows(PUBLIC)(_as_function(view))


def _as_function(view: Callable[..., Any]) -> Callable[..., Any]:
    """A function of its own to carry the mark: the library's views are shared methods."""

    def call(**arguments: Any) -> Any:
        return view(**arguments)

    return call
