"""`/v1/projects/{pid}/dialogue`: meetings, questions, promises, what became of them, links, and
what goes back to communes."""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from service.accounts import queries as accounts
from service.accounts.policy import Act
from service.dialogue.actions import feeding, meeting, promising, sharing, showing
from service.dialogue.actions.meeting import Asked, Met, PartnerGiven
from service.dialogue.actions.promising import Given, Said
from service.dialogue.actions.sharing import LinkGiven
from service.dialogue.feedback import Feedback
from service.dialogue.partners import Partner
from service.dialogue.promises import Status
from service.dialogue.queries.promises import Filters
from service.disclosure.rules import Audience
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.web import identify
from service.web.api.paging import page_of
from service.web.api.schemas import dialogue as shapes
from service.web.asking import settings
from service.web.identify import allows

blp = Blueprint("dialogue", __name__, description="Meetings, promises, and what came of them")
AT = "/v1/projects/<int:project_id>/dialogue"
BAD = 400


@blp.route(f"{AT}/partners", methods=["GET"])
@allows(Act.DIALOGUE_READ)
@blp.response(200, shapes.PartnersSchema)
def list_partners(project_id: int) -> dict[str, Any]:
    """Those that are known everywhere, then the project's own."""
    with reading() as session:
        return {"items": meeting.list_partners(session, identify.actor(), project_id)}


@blp.route(f"{AT}/partners", methods=["POST"])
@allows(Act.DIALOGUE_CHANGE)
@blp.arguments(shapes.PartnerSchema, error_status_code=BAD)
@blp.response(200, shapes.PartnerSchema)
def put_partner(given: dict[str, Any], project_id: int) -> Partner:
    """Add one of the project's own, or say what a partner may see."""
    wanted = PartnerGiven(**{**given, "sees": Audience(given["sees"])})
    with unit_of_work() as session:
        return meeting.put_partner(session, identify.actor(), project_id, wanted)


@blp.route(f"{AT}/meetings", methods=["GET"])
@allows(Act.DIALOGUE_READ)
@blp.arguments(shapes.MeetingsQuery, location="query", unknown=ma.RAISE, error_status_code=BAD)
@blp.response(200, shapes.MeetingsSchema)
def list_meetings(query: dict[str, Any], project_id: int) -> dict[str, Any]:
    """The latest first."""
    limit = query["limit"]
    asked = (query["cursor"], limit + 1, query["partner"])
    with reading() as session:
        found = meeting.list_meetings(session, identify.actor(), project_id, *asked)
    return page_of(found, limit, lambda one: one.meeting_pk)


@blp.route(f"{AT}/meetings", methods=["POST"])
@allows(Act.DIALOGUE_CHANGE)
@blp.arguments(shapes.MeetingWantedSchema, error_status_code=BAD)
@blp.response(201, shapes.MadeSchema)
def write_meeting(given: dict[str, Any], project_id: int) -> dict[str, Any]:
    """Write down whom we met. What is written in words lies sealed."""
    with unit_of_work() as session:
        return {"id": meeting.write_meeting(session, identify.actor(), project_id, Met(**given))}


@blp.route(f"{AT}/meetings/<uuid:meeting_pk>", methods=["GET"])
@allows(Act.DIALOGUE_READ)
@blp.response(200, shapes.MeetingSchema)
def get_meeting(project_id: int, meeting_pk: uuid.UUID) -> dict[str, Any]:
    """With all that was said there; quotes without their words."""
    with reading() as session:
        asked = (session, identify.actor(), project_id)
        told = meeting.get_meeting(*asked, meeting_pk)
        return {
            **vars(told),
            "quotes": showing.list_quotes(*asked, meeting_pk),
            "promises": promising.list_promises(*asked, Filters(meeting_pk=meeting_pk)),
        }


@blp.route(f"{AT}/meetings/<uuid:meeting_pk>", methods=["DELETE"])
@allows(Act.DIALOGUE_CHANGE)
@blp.response(204)
def remove_meeting(project_id: int, meeting_pk: uuid.UUID) -> None:
    """With all that was said there. Its words open nowhere any more."""
    with unit_of_work() as session:
        meeting.remove_meeting(session, identify.actor(), project_id, meeting_pk)


@blp.route(f"{AT}/meetings/<uuid:meeting_pk>/questions", methods=["POST"])
@allows(Act.DIALOGUE_CHANGE)
@blp.arguments(shapes.QuestionSchema, error_status_code=BAD)
@blp.response(201, shapes.MadeSchema)
def ask(given: dict[str, Any], project_id: int, meeting_pk: uuid.UUID) -> dict[str, Any]:
    """Write down what was asked of one who was there."""
    with unit_of_work() as session:
        actor = identify.actor()
        return {"id": meeting.ask(session, actor, project_id, meeting_pk, Asked(**given))}


@blp.route(f"{AT}/questions/<uuid:question_pk>/answers", methods=["POST"])
@allows(Act.DIALOGUE_CHANGE)
@blp.arguments(shapes.AnswerSchema, error_status_code=BAD)
@blp.response(201, shapes.MadeSchema)
def answer(given: dict[str, Any], project_id: int, question_pk: uuid.UUID) -> dict[str, Any]:
    """Write down what they said to it, then or later."""
    said = (given["answered_on"], given["text"])
    with unit_of_work() as session:
        return {"id": meeting.answer(session, identify.actor(), project_id, question_pk, *said)}


@blp.route(f"{AT}/meetings/<uuid:meeting_pk>/releases", methods=["POST"])
@allows(Act.DIALOGUE_CHANGE)
@blp.arguments(shapes.ShownSchema, error_status_code=BAD)
@blp.response(204)
def show_release(given: dict[str, Any], project_id: int, meeting_pk: uuid.UUID) -> None:
    """Write down that a published release was shown to all who were there."""
    with unit_of_work() as session:
        showing.show_release(session, identify.actor(), project_id, meeting_pk, given["number"])


@blp.route(f"{AT}/meetings/<uuid:meeting_pk>/promises", methods=["POST"])
@allows(Act.DIALOGUE_CHANGE)
@blp.arguments(shapes.PromiseWantedSchema, error_status_code=BAD)
@blp.response(201, shapes.MadeSchema)
def promise(given: dict[str, Any], project_id: int, meeting_pk: uuid.UUID) -> dict[str, Any]:
    """Write down what one of those who were there promised."""
    wanted = Given(question_pk=given.pop("question"), **given)
    with unit_of_work() as session:
        return {"id": promising.promise(session, identify.actor(), project_id, meeting_pk, wanted)}


@blp.route(f"{AT}/promises", methods=["GET"])
@allows(Act.DIALOGUE_READ)
@blp.arguments(shapes.PromisesQuery, location="query", unknown=ma.RAISE, error_status_code=BAD)
@blp.response(200, shapes.PromisesSchema)
def list_promises(query: dict[str, Any], project_id: int) -> dict[str, Any]:
    """The latest first, with their history and what their figures did since."""
    with reading() as session:
        status = Status(query["status"]) if query["status"] else None
        filters = Filters(partner=query["partner"], status=status)
        return {"items": promising.list_promises(session, identify.actor(), project_id, filters)}


@blp.route(f"{AT}/promises/<uuid:promise_pk>/words", methods=["POST"])
@allows(Act.DIALOGUE_CHANGE)
@blp.arguments(shapes.PromiseWordSchema, error_status_code=BAD)
@blp.response(201, shapes.PromiseSchema)
def say(given: dict[str, Any], project_id: int, promise_pk: uuid.UUID) -> promising.PromiseTold:
    """Say what became of a promise. What was said before stays."""
    with unit_of_work() as session:
        actor = identify.actor()
        promising.say(session, actor, project_id, promise_pk, Said(**given))
        return promising.get_promise(session, actor, project_id, promise_pk)


@blp.route(f"{AT}/became", methods=["GET"])
@allows(Act.DIALOGUE_READ)
@blp.arguments(shapes.BecameQuery, location="query", unknown=ma.RAISE, error_status_code=BAD)
@blp.response(200, shapes.BecameSchema)
def became(query: dict[str, Any], project_id: int) -> promising.Became:
    """What became of the promises of a year: a block for the next brief."""
    with reading() as session:
        return promising.became(
            session,
            identify.actor(),
            project_id,
            query["year"],
            Audience(query["audience"]),
            query["partner"],
            query["place"],
        )


@blp.route(f"{AT}/links", methods=["GET"])
@allows(Act.DIALOGUE_READ)
@blp.response(200, shapes.LinksSchema)
def list_links(project_id: int) -> dict[str, Any]:
    """The newest first, without what opens them."""
    with reading() as session:
        return {"items": sharing.list_links(session, identify.actor(), project_id)}


@blp.route(f"{AT}/links", methods=["POST"])
@allows(Act.DIALOGUE_SHARE)
@blp.arguments(shapes.LinkWantedSchema, error_status_code=BAD)
@blp.response(201, shapes.LinkMadeSchema)
def make_link(given: dict[str, Any], project_id: int) -> dict[str, Any]:
    """A link by which one partner sees some of its promises. Its address is told this once."""
    wanted = LinkGiven(**{**given, "audience": Audience(given["audience"])})
    with unit_of_work() as session:
        project = accounts.find_project(session, project_id)
        if project is None:
            raise Problem(NOT_FOUND)
        link_pk, token = sharing.make_link(session, identify.actor(), project_id, wanted)
        return {"id": link_pk, "url": f"{settings().public_url}/promised/{project.slug}/{token}"}


@blp.route(f"{AT}/links/<uuid:link_pk>", methods=["DELETE"])
@allows(Act.DIALOGUE_CHANGE)
@blp.response(204)
def end_link(project_id: int, link_pk: uuid.UUID) -> None:
    """From now on it opens nothing."""
    with unit_of_work() as session:
        sharing.end_link(session, identify.actor(), project_id, link_pk)


@blp.route(f"{AT}/feedback/<place>", methods=["GET"])
@allows(Act.FEEDBACK_READ)
@blp.arguments(shapes.FeedbackQuery, location="query", unknown=ma.RAISE, error_status_code=BAD)
@blp.response(200, shapes.FeedbackSchema)
def feedback(query: dict[str, Any], project_id: int, place: str) -> Feedback:
    """What was said, asked, and what came of it, of a province, district or commune."""
    audience = Audience(query["audience"])
    with reading() as session:
        return feeding.of_commune(session, identify.actor(), project_id, place, audience)
