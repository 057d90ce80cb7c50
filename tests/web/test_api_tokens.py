"""Scripts: what a token may do is what its scopes say, and it is never a person."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions, credentials, policy
from service.accounts.actor import GUARDED, ORDINARY, SITE, SYSTEM, Actor, Role, Scope
from service.accounts.policy import SCOPE_OF, Act
from service.accounts.queries import scripts
from service.accounts.tables import ApiToken, Grant, ScriptSession, User
from service.consent import actions as consent
from service.consent.tables import Withdrawal
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    ALREADY_EXISTS,
    CONSENT_MISSING,
    INVALID_PARAMETER,
    NOT_ALLOWED,
    NOT_FOUND,
    Kind,
    Problem,
)
from service.intake.tables import Submission
from tests.factories import a_coordinator, a_phone, a_project, an_instance, at
from tests.test_routes import Site, site, stated  # noqa: F401 - a fixture
from tests.web.pages_world import World, a_world, sign_in, text_of

NOW = at("2026-11-24T08:00")


def a_token(
    *scopes: Scope, projects: list[int] | None = None, days: int = 30
) -> actions.NewApiToken:
    with unit_of_work() as session:
        return actions.create_numbered_api_token(
            session, SYSTEM, "តួលេខ monthly", projects, set(scopes) or ORDINARY,
            dt.timedelta(days=days),
        )  # fmt: skip


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def last_used(token: actions.NewApiToken) -> dt.datetime | None:
    with reading() as session:
        return session.get_one(ApiToken, token.id).last_used_at


SCRIPT = Actor(id=1, name="x", roles={SITE: frozenset({Role.API_TOKEN})}, scopes=frozenset(Scope))


# --- scopes -------------------------------------------------------------------------------------
def test_every_act_says_which_scope_opens_it_to_scripts() -> None:
    assert set(SCOPE_OF) == set(Act)
    assert {SCOPE_OF[act] for act in (Act.USER_MANAGE, Act.SCRIPT_MANAGE)} == {None}


def test_all_means_all_but_the_guarded_four() -> None:
    guarded = {"figures:internal", "identity", "testimony", "removals"}
    assert {scope.value for scope in GUARDED} == guarded
    assert set(Scope) == ORDINARY | GUARDED


@pytest.mark.parametrize("scope", Scope)
def test_a_script_may_do_what_its_scope_says_and_nothing_else(scope: Scope) -> None:
    script = Actor(
        id=1, name="x", roles={3: frozenset({Role.API_TOKEN})}, scopes=frozenset({scope})
    )
    for act in set(Act) - policy.ABOUT_ONESELF:
        assert policy.may(script, act, 3) is (SCOPE_OF[act] is scope), act
        assert not policy.may(script, act, 4)
        assert not policy.may(script, act)


NOT_THERE = re.compile(
    "<(?:record|item_id|uuid:pair|uuid:person|uuid:meeting_pk)>|<(?:name:instance_id|int:form_pk)>/restore"
)
"""Addresses of things that none of these scripts has, or that nobody took away: 404 is what whoever
may ask is told."""


def test_every_route_answers_each_scope_as_the_table_says(site: Site) -> None:  # noqa: F811
    """Generated from the addresses that there are: none is forgotten."""
    tokens = {scope: a_token(scope) for scope in Scope}
    wrong = []
    for rule, method, act in stated(site.app):
        if act == "public" or method == "DELETE" or "/key/-/" in rule.rule:
            continue
        for scope, token in tokens.items():
            callers = {**site.callers, "script": bearer(token.token)}
            asked = Site(
                app=site.app, client=site.client, values=site.values, callers=callers,
                token=site.token, kept=site.kept,
            )  # fmt: skip
            answer = asked.ask(rule, method, "script")
            if re.search(r"/draft(\.svc|/submissions[/.])", rule.rule) and scope is Scope.FORMS:
                assert answer.status_code in (
                    403,
                    404,
                )  # answers are read with the scope of rows, too
                continue
            is_page = not rule.rule.startswith("/v1/")
            is_of_comments = rule.rule.endswith("/comments") and not is_page
            if is_of_comments and method != "POST" and scope is Scope.REVIEW:
                assert (
                    answer.status_code == 404
                )  # comments say what the record says: so do its rows
                continue
            may = not is_page and (act in policy.OF_SCRIPTS or SCOPE_OF[Act(act)] is scope)
            refused = {401, 403} if NOT_THERE.search(rule.rule) else {401, 403, 404}
            if scope is Scope.TESTIMONY and rule.rule.endswith("/attachments/<name:attachment>"):
                said = answer.json["code"] if method == "GET" else CONSENT_MISSING.code
                assert said == CONSENT_MISSING.code, "the scope would do, but nobody said yes"
                continue
            leads_to = answer.headers.get("Location", "")
            is_refused = answer.status_code in refused or leads_to.startswith("/sign-in")
            if is_refused is may:
                wrong.append(f"{scope}: {method} {rule.rule} ({act}) gives {answer.status}")
    assert wrong == [], "\n".join(wrong)


def test_pages_do_not_know_a_script(client: FlaskClient) -> None:
    world = a_world()
    token = a_token(*Scope)
    for path in ("/", "/figures", "/submissions", "/phones", "/scripts"):
        answer = client.get(f"{world.path}{path}", headers=bearer(token.token))
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/sign-in")


def test_a_token_of_one_project_finds_nothing_in_another(client: FlaskClient) -> None:
    with unit_of_work() as session:
        own, other = a_project(session, "Battambang").id, a_project(session, "Pailin").id
    token = a_token(Scope.FIGURES, projects=[own])
    statuses = [
        client.get(f"/v1/projects/{place}/indicators", headers=bearer(token.token)).status_code
        for place in (own, other, 99_999)
    ]
    assert statuses == [200, 404, 404]
    everywhere = a_token(Scope.FIGURES)
    for place in (own, other):
        url = f"/v1/projects/{place}/indicators"
        assert client.get(url, headers=bearer(everywhere.token)).status_code == 200


def test_unhidden_figures_need_their_own_scope(client: FlaskClient) -> None:
    with unit_of_work() as session:
        place = a_project(session).id
    url = f"/v1/projects/{place}/indicators/I01?audience=internal"
    usual, guarded = a_token(), a_token(Scope.FIGURES, Scope.FIGURES_INTERNAL)
    assert client.get(url, headers=bearer(usual.token)).status_code == 403
    assert client.get(url, headers=bearer(guarded.token)).status_code == 200


@pytest.mark.parametrize("agrees", [True, False])
def test_a_script_erases_nobody_until_a_coordinator_agrees(
    client: FlaskClient, agrees: bool
) -> None:
    phone = a_phone(client)
    assert phone.send(an_instance("uuid:1")).status_code == 201
    url = f"/v1/projects/{phone.project_id}/withdrawals"
    body = {"instance_id": "uuid:1", "reason": "asked"}
    for scope, status in ((Scope.SUBMISSIONS, 403), (Scope.WITHDRAWALS, 201)):
        token = a_token(scope, projects=[phone.project_id])
        asked = client.post(url, json=body, headers=bearer(token.token))
        assert asked.status_code == status
    assert asked.json["status"] == "waiting"
    listed = client.get(url, headers=bearer(token.token))
    assert [one["id"] for one in listed.json["items"]] == [asked.json["id"]]
    with reading() as session:
        held = session.scalars(sa.select(Submission.state)).all()
    assert held == ["current"], "nothing is erased"
    blobs = client.application.extensions["samleng.blobs"]
    one, coordinator = uuid.UUID(asked.json["id"]), a_coordinator(phone.project_id)
    for stale in (Actor(id=1, name="x", roles=coordinator.roles), SCRIPT):
        with pytest.raises(Problem):
            consent.decide(stale, phone.project_id, one, agree=True, blobs=blobs)
    told = consent.decide(coordinator, phone.project_id, one, agree=agrees, blobs=blobs)
    assert told.status == ("done" if agrees else "refused")
    with reading() as session:
        assert session.scalars(sa.select(Submission.state)).all() == [
            "erased" if agrees else "current"
        ]
        row = session.get_one(Withdrawal, (phone.project_id, one))
        assert "records" not in row.uses
    with pytest.raises(Problem):
        consent.decide(coordinator, phone.project_id, one, agree=True, blobs=blobs)


def test_a_script_takes_back_some_uses_at_once(client: FlaskClient) -> None:
    phone = a_phone(client)
    assert phone.send(an_instance("uuid:1")).status_code == 201
    token = a_token(Scope.WITHDRAWALS, projects=[phone.project_id])
    body = {"instance_id": "uuid:1", "reason": "asked", "scopes": ["stats"]}
    url = f"/v1/projects/{phone.project_id}/withdrawals"
    asked = client.post(url, json=body, headers=bearer(token.token))
    assert asked.json["status"] == "done"


# --- the token ----------------------------------------------------------------------------------
def test_tokens_are_recognisable_and_kept_as_hashes(client: FlaskClient) -> None:
    token = a_token()
    assert token.token.startswith("smt-")
    assert credentials.looks_like_api_token(token.token)
    assert not credentials.looks_like_device_token(token.token)
    assert token.token not in repr(token)
    with reading() as session:
        [row] = session.scalars(sa.select(ApiToken))
        assert row.token_sha256 == credentials.token_sha256(token.token)
        stored = json.dumps([str(value) for value in vars(row).values()])
    assert token.token not in stored


@pytest.mark.parametrize("change", ["swap", "cut", "longer", "device"])
def test_a_token_that_is_not_whole_is_nobody(client: FlaskClient, change: str) -> None:
    token = a_token().token
    wrong = {
        "swap": token[:-1] + ("A" if token[-1] != "A" else "B"),
        "cut": token[:-1],
        "longer": token + "x",
        "device": "smd-" + token[4:],
    }[change]
    assert client.get("/v1/users/current", headers=bearer(wrong)).status_code in (401, 403)


def test_s06_an_ended_or_expired_token_is_nobody_from_the_next_request_on(
    client: FlaskClient,
) -> None:
    token = a_token(days=30)
    opened = client.post("/v1/sessions", json={"email": token.email, "password": token.token})
    session_token = opened.json["token"]
    both = (token.token, session_token)
    for one in both:
        assert client.get("/v1/users/current", headers=bearer(one)).status_code == 200
    with clock.frozen(clock.now() + dt.timedelta(days=30, seconds=1)):
        for one in both:
            assert client.get("/v1/users/current", headers=bearer(one)).status_code == 401
    with unit_of_work() as session:
        actions.revoke_api_token(session, SYSTEM, token.id)
    for one in both:
        assert client.get("/v1/users/current", headers=bearer(one)).status_code == 401
    assert open_session(client, token).status_code == 401


@pytest.mark.parametrize("loss", ["switched off", "role gone", "role over", "only an area"])
def test_s06_a_token_does_no_more_than_its_maker_could_give_today(
    app: Flask, client: FlaskClient, world: World, loss: str
) -> None:
    with reading() as session:
        maker = session.scalars(sa.select(User.id).where(User.email == world.coordinator)).one()
    here, other = world.project_id, a_project_beside()
    actor = Actor(
        id=maker, name="", roles={place: frozenset({Role.COORDINATOR}) for place in (here, other)},
        is_fresh=True,
    )  # fmt: skip
    with unit_of_work() as session:
        actions.grant(session, SYSTEM, maker, Role.COORDINATOR, other)
        made = actions.create_api_token(session, actor, "both", [here, other], {Scope.FORMS})
    opened = actions.open_script_session(made.email, made.token)
    assert opened is not None

    def forms(project_id: int) -> set[int]:
        path = f"/v1/projects/{project_id}/forms"
        tokens = (made.token, opened.token)
        return {client.get(path, headers=bearer(one)).status_code for one in tokens}

    assert forms(here) == forms(other) == {200}
    now, theirs = clock.now(), (Grant.user_id == maker, Grant.project_id == here)
    with unit_of_work() as session:
        if loss == "switched off":
            session.execute(sa.update(User).where(User.id == maker).values(is_active=False))
        elif loss == "role gone":
            session.execute(sa.delete(Grant).where(*theirs))
        else:
            values = {"ends_at": now} if loss == "role over" else {"area": "02"}
            session.execute(sa.update(Grant).where(*theirs).values(**values))
    assert forms(here) == ({401} if loss == "switched off" else {404})
    assert forms(other) == ({401} if loss == "switched off" else {200})
    with reading() as session:
        [row] = [r for r in scripts.list_api_tokens(session, now=now) if r.id == made.id]
        assert row.rests == (loss == "switched off")


def a_project_beside() -> int:
    with unit_of_work() as session:
        return a_project(session, "Pailin").id


def test_the_page_says_that_a_token_rests(client: FlaskClient, world: World) -> None:
    with reading() as session:
        maker = session.scalars(sa.select(User.id).where(User.email == world.coordinator)).one()
    a_token(projects=[world.project_id])
    with unit_of_work() as session:
        session.execute(sa.update(ApiToken).values(created_by=maker + 1000))
    sign_in(client, world.coordinator)
    for language, words in (("en", "Whoever made it has no right"), ("km", "លែងមានសិទ្ធិលើវាហើយ")):
        assert words in text_of(client.get(f"/p/battambang/scripts?lang={language}"))


def test_use_is_written_down_once_an_hour(client: FlaskClient) -> None:
    token = a_token()
    for minutes, noted in ((0, 0), (20, 0), (59, 0), (60, 60), (61, 60)):
        with clock.frozen(NOW + dt.timedelta(minutes=minutes)):
            client.get("/v1/users/current", headers=bearer(token.token))
        assert last_used(token) == NOW + dt.timedelta(minutes=noted)


# --- sessions, as ODK's clients open them -------------------------------------------------------
def open_session(client: FlaskClient, token: actions.NewApiToken, email: str = ""):
    return client.post(
        "/v1/sessions", json={"email": email or token.email, "password": token.token}
    )


def test_address_and_token_open_a_session_without_a_second_factor(client: FlaskClient) -> None:
    with unit_of_work() as session:
        place = a_project(session).id
    token = a_token(Scope.FIGURES, projects=[place])
    opened = open_session(client, token)
    assert opened.status_code == 200
    assert set(opened.json) == {"token", "csrf", "createdAt", "expiresAt"}
    assert opened.json["token"] != token.token, "clients write it into files beside the settings"
    held = bearer(opened.json["token"])
    me = client.get("/v1/users/current", headers=held).json
    assert (me["id"], me["displayName"], me["email"]) == (token.id, "តួលេខ monthly", token.email)
    assert me["createdAt"].endswith("Z")
    assert client.get(f"/v1/projects/{place}/indicators", headers=held).status_code == 200
    assert client.get(f"/v1/projects/{place}/formList", headers=held).status_code == 403
    with reading() as session:
        [row] = session.scalars(sa.select(ScriptSession.token_sha256))
    assert row == credentials.token_sha256(opened.json["token"])


def test_a_session_ends_alone_and_after_a_day(client: FlaskClient) -> None:
    token = a_token()
    first, second = (bearer(open_session(client, token).json["token"]) for _ in range(2))
    assert client.delete("/v1/sessions/current", headers=first).status_code == 200
    assert client.get("/v1/users/current", headers=first).status_code == 401
    assert client.get("/v1/users/current", headers=second).status_code == 200
    assert client.get("/v1/users/current", headers=bearer(token.token)).status_code == 200
    with clock.frozen(clock.now() + dt.timedelta(hours=24, seconds=1)):
        assert client.get("/v1/users/current", headers=second).status_code == 401


def test_a_wrong_address_opens_nothing_and_a_page_never(client: FlaskClient) -> None:
    token, other = a_token(), a_token()
    for email in (other.email, "bopha@example.org", "x"):
        answer = open_session(client, token, email)
        assert (answer.status_code, answer.json["code"]) == (401, "401.2")
    page = client.post("/sign-in", data={"email": token.email, "password": token.token})
    assert page.status_code == 401
    assert "Set-Cookie" not in page.headers


# --- who gives them -----------------------------------------------------------------------------
def refusal(actor: Actor, projects: list[int] | None, *scopes: Scope) -> Kind | None:
    try:
        with unit_of_work() as session:
            actions.create_numbered_api_token(session, actor, "x", projects, set(scopes))
    except Problem as problem:
        return problem.kind
    return None


def test_nobody_gives_a_script_more_than_is_theirs_to_give(app: Flask) -> None:
    with unit_of_work() as session:
        place, other = a_project(session, "Battambang").id, a_project(session, "Pailin").id

    def somebody(role: Role, where: int) -> Actor:
        return Actor(id=1, name="x", roles={where: frozenset({role})}, is_fresh=True)

    coordinator, admin = somebody(Role.COORDINATOR, place), somebody(Role.ADMIN, SITE)
    assert refusal(coordinator, [place], *ORDINARY) is None
    assert refusal(admin, [place], Scope.APP_USERS, Scope.PROJECTS) is None
    assert refusal(SYSTEM, None, *Scope) is None
    for scope in GUARDED:
        assert refusal(coordinator, [place], scope) is NOT_ALLOWED
    for scope in set(Scope) - {Scope.PROJECTS, Scope.APP_USERS}:
        assert refusal(admin, [place], scope) is NOT_ALLOWED, "no reading through a script"
    assert refusal(coordinator, [place, other], Scope.FORMS) is NOT_FOUND
    assert refusal(coordinator, None, Scope.FORMS) is NOT_ALLOWED
    for role in set(Role) - {Role.COORDINATOR, Role.ADMIN, Role.SYSTEM}:
        assert refusal(somebody(role, place), [place], Scope.FORMS) is NOT_ALLOWED
    assert refusal(SYSTEM, [place]) is INVALID_PARAMETER


def test_a_script_makes_no_scripts(app: Flask) -> None:
    with unit_of_work() as session:
        place = a_project(session).id
    script = Actor(
        id=1, name="x", roles={SITE: frozenset({Role.API_TOKEN})}, scopes=frozenset(Scope)
    )
    assert refusal(script, [place], Scope.FORMS) is NOT_ALLOWED


def test_a_coordinator_ends_the_tokens_of_her_project_alone(app: Flask) -> None:
    with unit_of_work() as session:
        place, other = a_project(session, "Battambang").id, a_project(session, "Pailin").id
    own, of_both, of_all, of_other = (
        a_token(projects=projects) for projects in ([place], [place, other], None, [other])
    )
    chanthou = Actor(id=1, name="x", roles={place: frozenset({Role.COORDINATOR})})
    for token, kind in ((of_both, NOT_ALLOWED), (of_all, NOT_ALLOWED), (of_other, NOT_FOUND)):
        with pytest.raises(Problem) as raised, unit_of_work() as session:
            actions.revoke_api_token(session, chanthou, token.id, place)
        assert raised.value.kind is kind
    for _ in range(2):
        with unit_of_work() as session:
            actions.revoke_api_token(session, chanthou, own.id, place)
    with reading() as session:
        live = [row.id for row in scripts.list_api_tokens(session) if row.revoked_at is None]
        entries = session.scalars(
            sa.select(AuditEntry.action).where(AuditEntry.action == "script.revoke")
        ).all()
    assert sorted(live) == sorted([of_both.id, of_all.id, of_other.id])
    assert len(entries) == 1


# --- the page -----------------------------------------------------------------------------------
def test_the_page_shows_a_token_once_and_says_in_words_what_it_may(
    client: FlaskClient, world: World
) -> None:
    assert "No script has a token yet." in text_of(client.get(f"{world.path}/scripts"))
    form = {"name": "Monthly", "scope": ["figures", "forms"], "days": "30"}
    made = client.post(f"{world.path}/scripts", data=form)
    assert made.status_code == 200
    token = next(word for word in text_of(made).split() if word.startswith("smt-"))
    url = f"/v1/projects/{world.project_id}/indicators"
    assert client.application.test_client().get(url, headers=bearer(token)).status_code == 200
    listed = client.get(f"{world.path}/scripts")
    assert token not in listed.get_data(as_text=True)
    assert "Figures, small groups hidden" in text_of(listed)
    assert "works until" in text_of(listed)
    assert made.headers["Cache-Control"] == "no-store"


def test_the_page_ends_a_token_after_asking(client: FlaskClient, world: World) -> None:
    token = a_token(Scope.FIGURES, projects=[world.project_id])
    elsewhere = a_token(Scope.FIGURES)
    listed = client.get(f"{world.path}/scripts").get_data(as_text=True)
    assert f"{world.path}/scripts/{token.id}/revoke" in listed
    assert f"{world.path}/scripts/{elsewhere.id}/revoke" not in listed
    assert "other projects too" in listed
    ask = client.get(f"{world.path}/scripts/{token.id}/revoke")
    assert "End the token of “តួលេខ monthly”?" in text_of(ask)
    done = client.post(f"{world.path}/scripts/{token.id}/revoke")
    assert done.status_code == 303
    assert "works no more" in text_of(client.get(done.headers["Location"]))
    other = client.application.test_client()
    assert other.get("/v1/users/current", headers=bearer(token.token)).status_code == 401


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "x"}, "Tick at least one thing"),
        ({"name": " ", "scope": ["forms"]}, "Say in 1 to 120 characters"),
        ({"name": "x", "scope": ["identity", "figures:internal", "nix"]}, "Tick at least one"),
    ],
)
def test_the_page_says_what_is_missing_or_not_hers_to_give(
    client: FlaskClient, world: World, form: dict[str, object], words: str
) -> None:
    page = client.post(f"{world.path}/scripts", data=form)
    assert page.status_code == 400
    assert words in text_of(page)
    assert "No script has a token yet." in text_of(client.get(f"{world.path}/scripts"))


NEWEST = re.compile(r'name="newest" value="(\d+)"')


def test_a_form_sent_twice_makes_one_token_and_says_so(client: FlaskClient, world: World) -> None:
    """The page is the only one that ever shows the token: loading it again sends the form again."""
    path = f"{world.path}/scripts"
    newest = NEWEST.findall(client.get(path).get_data(as_text=True))[0]
    form = {"name": "តួលេខ  ប្រចាំខែ", "scope": ["figures"], "days": "30", "newest": newest}
    assert "smt-" in text_of(client.post(path, data=form))
    again = client.post(path, data=form)
    assert again.status_code == 303
    for language, words in (("en", "no second one was made"), ("km", "មិនបានបង្កើត token ទីពីរ")):
        page = text_of(client.get(f"{again.headers['Location']}&lang={language}"))
        assert words in page
        assert "តួលេខ ប្រចាំខែ" in page
    with reading() as session:
        assert len(scripts.list_api_tokens(session, world.project_id)) == 1


def test_a_name_in_use_is_refused_in_words_and_free_again_when_its_token_ended(
    client: FlaskClient, world: World
) -> None:
    path = f"{world.path}/scripts"
    held = a_token(Scope.FIGURES, projects=[world.project_id])
    newest = NEWEST.findall(client.get(path).get_data(as_text=True))[0]
    form = {"name": " តួលេខ  MONTHLY", "scope": ["forms"], "days": "30", "newest": newest}
    for language, words in (("en", "Choose another name"), ("km", "សូមជ្រើសរើសឈ្មោះផ្សេង")):
        refused = client.post(f"{path}?lang={language}", data=form)
        assert refused.status_code == 409
        assert words in text_of(refused)
        assert 'value="forms" checked' in refused.get_data(as_text=True), "what was ticked stays"
    client.post(f"{path}/{held.id}/revoke")
    assert client.post(path, data=form).status_code == 200


@pytest.mark.each_database
def test_of_many_who_make_a_token_of_one_name_at_once_one_does(app: Flask) -> None:
    with unit_of_work() as session:
        place = a_project(session).id
    gate, outcomes = threading.Barrier(6), list[Kind | None]()

    def make(_: int) -> None:
        gate.wait()
        try:
            with unit_of_work() as session:
                actions.create_api_token(session, SYSTEM, "ក", [place], {Scope.FIGURES})
        except Problem as problem:
            outcomes.append(problem.kind)
        else:
            outcomes.append(None)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(make, range(6)))
    assert sorted(outcomes, key=str) == sorted([None] + [ALREADY_EXISTS] * 5, key=str)
    with reading() as session:
        assert [row.name for row in scripts.list_api_tokens(session)] == ["ក"]


def test_the_shell_numbers_a_name_that_is_taken(app: Flask) -> None:
    with unit_of_work() as session:
        place = a_project(session).id
    made = [a_token(Scope.FIGURES, projects=[place]).name for _ in range(3)]
    assert made == ["តួលេខ monthly", "តួលេខ monthly 2", "តួលេខ monthly 3"]


def test_dara_sees_no_scripts_of_a_project_that_is_not_hers(
    client: FlaskClient, world: World
) -> None:
    token = a_token(Scope.FIGURES, projects=[world.project_id])
    sign_in(client, world.stranger)
    assert client.get(f"{world.path}/scripts").status_code == 404
    assert client.post(f"/p/elsewhere/scripts/{token.id}/revoke").status_code == 404


def test_a_phone_of_the_project_is_no_script(client: FlaskClient) -> None:
    phone = a_phone(client)
    answer = client.post(
        "/v1/sessions", json={"email": "phone@example.org", "password": phone.token}
    )
    assert answer.status_code == 401
