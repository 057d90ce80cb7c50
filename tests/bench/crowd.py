"""People of a filled database as jobs would have left them: keys, and what is compared."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import sqlalchemy as sa

from service.facts.ages import Age
from service.facts.kinds import Facts
from service.facts.kinds.people import Person
from service.facts.scopes import Purpose, allows
from service.foundation import ids, keys
from service.persons import blocking, normal, sealed, years
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
    """Names as Cambodia has them, for people whose facts are there."""

    def __init__(self, project_id: int) -> None:
        self._project_id, self._rng, self._lists = project_id, Random(9), lists()

    def told_of(self, facts: Facts, key_pk: uuid.UUID) -> Iterator[One]:
        """Those who may be looked at; as in `service.persons.describing`."""
        for person in facts.persons:
            if allows(Purpose.CONTACT, person.scopes, person.scopes_until, person.happened_on):
                yield One(
                    submission_pk=person.submission_pk,
                    ordinal=person.ordinal,
                    key_pk=key_pk,
                    described=self._described(person),
                )

    def _described(self, person: Person) -> Described:
        age = Age(years=person.age_years, known=person.age_known, band=person.age_band)
        name = persons.named(self._rng, self._lists["family"], self._lists["given"])
        return Described(
            name=normal.read(name),
            sex=person.sex,
            born=years.born(age, person.happened_on),
            place=person.home if person.home.isdecimal() else "",
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
