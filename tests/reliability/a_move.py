"""Asks for a move, as its page does: `python -m tests.reliability.a_move PROJECT ADDRESS TOKEN`."""

from __future__ import annotations

import dataclasses
import sys

from service.accounts import queries as accounts
from service.accounts.actor import Role
from service.app import create_app
from service.foundation import clock
from service.foundation.db import reading
from service.foundation.outgoing import Rules
from service.foundation.settings import Settings
from service.moving.actions import asking
from service.moving.actions.reaching import Secret
from service.moving.places import Place
from tests.web.people import signed_in


def main(project_id: int, address: str, token: str) -> None:
    settings: Settings = create_app().config["SAMLENG"]
    _, person_id = signed_in(settings.secrets.jwt_key, Role.COORDINATOR, project_id)
    with reading() as session:
        asker = accounts.find_person(session, person_id, clock.now())
    assert asker is not None
    place = Place(kind="central", address=address, project="7")
    rules = Rules(allows_private=True)
    fresh = dataclasses.replace(asker, is_fresh=True)
    asking.ask(fresh, project_id, place, Secret(token=token), rules, is_dry=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
