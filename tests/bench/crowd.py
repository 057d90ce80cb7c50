"""People of a filled database as jobs would have left them: keys, and what is compared."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import sqlalchemy as sa

from service.facts import places
from service.facts.ages import Age
from service.facts.kinds import Facts
from service.facts.kinds.people import Person
from service.facts.scopes import Purpose, allows
from service.foundation import ids, keys
from service.persons import blocking, normal, sealed, years
from service.persons.blocking import VILLAGE
from service.persons.matching import Described
from service.persons.queries import mentions
from tests.bench import persons
from tests.golden.names.pairs import lists


@dataclass(frozen=True, kw_only=True)
class One:
    """A person of one record, under the key of its names."""

    submission_pk: uuid.UUID
    ordinal: int
    key_pk: uuid.UUID
    described: Described


class Crowd:
    """Names as Cambodia has them, for people whose facts are there: households in all villages of
    the country, or (`is_dense`) in the few where visits are sent from, as if all their people had
    been visited."""

    def __init__(self, project_id: int, *, is_dense: bool) -> None:
        self._project_id, self._rng, self._lists = project_id, Random(9), lists()
        self._villages = () if is_dense else tuple(_villages(None))

    def told_of(self, facts: Facts, key_pk: uuid.UUID) -> Iterator[One]:
        """Those who may be looked at; as in `service.persons.describing`."""
        village = self._rng.choice(self._villages) if self._villages else ""
        for person in facts.persons:
            if allows(Purpose.CONTACT, person.scopes, person.scopes_until, person.happened_on):
                yield One(
                    submission_pk=person.submission_pk,
                    ordinal=person.ordinal,
                    key_pk=key_pk,
                    described=self._described(person, village),
                )

    def _described(self, person: Person, village: str) -> Described:
        age = Age(years=person.age_years, known=person.age_known, band=person.age_band)
        name = persons.named(self._rng, self._lists["family"], self._lists["given"])
        return Described(
            name=normal.read(name),
            sex=person.sex,
            born=years.born(age, person.happened_on),
            place=village or (person.home if person.home.isdecimal() else ""),
            victim_type=person.victim_type,
            device=person.device,
            household=person.household_key,
        )

    def insert(self, connection: sa.Connection, project_id: int, people: Sequence[One]) -> None:
        held = keys.current().find_many(project_id, {one.key_pk for one in people})
        stand_in = keys.current().stand_in
        rows: list[dict[str, Any]] = []
        own_keys: dict[uuid.UUID, set[int]] = {}
        for one in people:
            mention_pk = ids.new_uuid()
            where = sealed.place(project_id, one.submission_pk, mention_pk)
            rows.append(
                {
                    "project_id": project_id,
                    "mention_pk": mention_pk,
                    "record_pk": one.submission_pk,
                    "submission_pk": one.submission_pk,
                    "ordinal": one.ordinal,
                    "is_here": True,
                    "own_digest": None,
                    "described_digest": stand_in("bench", mention_pk),
                    **sealed.sealed(held[one.key_pk], where, one.described),
                }
            )
            place = (project_id, one.described.name, one.described.place, stand_in)
            searched = blocking.search_keys(*place)
            own_keys[mention_pk] = {
                *searched,
                *blocking.pair_keys(project_id, one.described, stand_in),
            }
        mentions.put(connection, project_id, rows, {row["mention_pk"] for row in rows})
        mentions.put_keys(connection, project_id, own_keys)


def _villages(of: str | None) -> Iterator[str]:
    for place in places.load().children(of):
        if len(place.code) == VILLAGE:
            yield place.code
        else:
            yield from _villages(place.code)
