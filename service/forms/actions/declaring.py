"""Entity lists come to be with the forms that use them, in the transaction that publishes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy.orm import Session

from service.accounts.actor import Actor
from service.forms import publish_rules, queries
from service.forms.entity_lists import (
    LIST_HAS_NAME,
    NEAR_NAME,
    RENAME_FILE,
    SAME_SPELLING,
    EntitySpec,
    Telling,
)
from service.forms.mistakes import Mistake, form_invalid, mistake
from service.forms.schema import FormSchema
from service.forms.tables import EntityList, EntityUse, WantedList
from service.foundation import audit, clock


def declare(
    session: Session,
    actor: Actor,
    project_id: int,
    version_pk: int,
    schema: FormSchema,
    files: Collection[str],
) -> list[str]:
    """Make the lists and properties that a version names and that are not there, and note what it
    does to them and which lists it reads. Raises FORM_INVALID where a name is almost that of
    another, or a file has the name of a list."""
    mistakes = list(_mistakes_of_files(session, project_id, files))
    raised: list[str] = []
    for spec in schema.entities:
        mistakes += _declare_one(session, actor, project_id, version_pk, schema, spec, raised)
    if mistakes:
        raise form_invalid(mistakes)
    came = {name.casefold() for name in files}
    wanted = {
        name.removesuffix(".csv")
        for name in schema.attachments
        if name.endswith(".csv") and name.casefold() not in came and len(name) <= 104
    }
    session.add_all(WantedList(version_pk=version_pk, name=name) for name in sorted(wanted))
    session.flush()
    return raised


def _mistakes_of_files(
    session: Session, project_id: int, files: Collection[str]
) -> Iterator[Mistake]:
    lists = {f"{one.name_key}.csv" for one in queries.list_lists(session, project_id)}
    for name in files:
        if name.casefold() in lists:
            yield mistake(LIST_HAS_NAME, RENAME_FILE, text=name)


def _declare_one(
    session: Session,
    actor: Actor,
    project_id: int,
    version_pk: int,
    schema: FormSchema,
    spec: EntitySpec,
    raised: list[str],
) -> list[Mistake]:
    found = get_or_make_list(session, actor, project_id, spec.list_name)
    if found.name != spec.list_name:
        return [mistake(NEAR_NAME, SAME_SPELLING, text=f"{spec.list_name} ({found.name})")]
    known = {one.name_key: one.name for one in queries.list_properties(session, found.list_pk)}
    if _tells_of_people(found, schema, spec, known):
        before, found.telling = found.telling, Telling.PEOPLE
        if before is Telling.NOBODY:
            raised.append(found.name)
        said = {"before": before.value, "telling": Telling.PEOPLE.value}
        record(session, actor, found, "entity_list.tell", **said)
    wrong = []
    for _, name in spec.saves:
        kept = known.setdefault(name.casefold(), name)
        if kept != name:
            wrong.append(mistake(NEAR_NAME, SAME_SPELLING, text=f"{name} ({kept})"))
        else:
            queries.insert_property(session, found.list_pk, name)
    _note_use(session, version_pk, found, spec)
    return wrong


def _tells_of_people(
    found: EntityList, schema: FormSchema, spec: EntitySpec, known: Mapping[str, str]
) -> bool:
    """Whether the list, which did not, tells of people by this form. Of whom it tells was declared
    of what it held then: what nobody classed counts again where it is saved to a new property."""
    if found.telling is Telling.PEOPLE:
        return False
    if found.telling is Telling.UNDECLARED or any(
        name.casefold() not in known for _, name in spec.saves
    ):
        return publish_rules.may_name_people(schema, spec)
    return publish_rules.names_people(schema, spec)


def _note_use(session: Session, version_pk: int, found: EntityList, spec: EntitySpec) -> None:
    """Several blocks of one form may use one list."""
    before = session.get(EntityUse, (version_pk, found.list_pk))
    names = [name for _, name in spec.saves]
    if before is None:
        session.add(
            EntityUse(
                version_pk=version_pk,
                list_pk=found.list_pk,
                creates=spec.creates,
                updates=spec.updates,
                properties=names,
            )
        )
    else:
        before.creates |= spec.creates
        before.updates |= spec.updates
        before.properties = sorted({*before.properties, *names})
    session.flush()


def get_or_make_list(
    session: Session,
    actor: Actor,
    project_id: int,
    name: str,
    *,
    approval_required: bool = False,
    telling: Telling = Telling.UNDECLARED,
) -> EntityList:
    """The list of that name, capitals aside, made if there is none."""
    new = EntityList(
        project_id=project_id,
        name=name,
        name_key=name.casefold(),
        approval_required=approval_required,
        telling=telling,
        created_at=clock.now(),
        created_by=actor.id,
    )
    found = queries.get_or_insert_list(session, new)
    if found is new:
        record(session, actor, new, "entity_list.create", approval=approval_required)
    return found


def record(
    session: Session, actor: Actor, found: EntityList, action: str, **details: object
) -> None:
    """An entry about a list."""
    audit.record(
        session,
        actor_id=actor.id,
        action=action,
        subject=f"entity-list:{found.list_pk}",
        project_id=found.project_id,
        **details,
    )
