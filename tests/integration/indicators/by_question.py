"""Every indicator as a question in SQL, written apart from the catalogue, by province.

`questions(id)` is what `test_by_question.py` holds the catalogue to. For any database, by hand:
`python -m tests.integration.indicators.by_question URL PROJECT_ID`.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator

import sqlalchemy as sa

from service.disclosure.rules import Audience
from service.foundation import clock, db
from service.foundation.db import Database
from service.indicators import actions
from service.indicators.actions.scopes import CAMBODIA
from service.indicators.catalogue import INDICATORS
from tests import factories

OPEN = "EXISTS (SELECT 1 FROM needs n WHERE {of_person} AND n.is_open AND n.need_code IN ({codes}))"
OF_PERSON = (
    "n.project_id = t.project_id AND n.submission_pk = t.submission_pk "
    "AND n.person_ordinal = t.ordinal"
)
ANY = f"EXISTS (SELECT 1 FROM needs n WHERE {OF_PERSON} AND n.is_open)"
BARRED = (
    f"EXISTS (SELECT 1 FROM needs n WHERE {OF_PERSON} AND n.is_open "
    "AND CAST(n.barriers AS VARCHAR) <> '[]')"
)
AMPUTEE = (
    "EXISTS (SELECT 1 FROM incidents i WHERE i.project_id = t.project_id AND "
    "i.submission_pk = t.submission_pk AND i.ordinal = t.ordinal "
    "AND CAST(i.injuries AS VARCHAR) LIKE '%amp\\_%' ESCAPE '\\')"
)
HOME = (
    "(SELECT h.minutes_rehabilitation FROM households h WHERE h.project_id = t.project_id "
    "AND h.submission_pk = t.submission_pk)"
)
REH = (
    "'reh_prosthesis','reh_orthosis','reh_wheelchair','reh_walking_aid','reh_assistive_other',"
    "'reh_physio','reh_transport'"
)
DUE = (
    "(t.disability = 'yes' OR (t.victim_type = 'direct_injured' AND CAST(t.impairments AS VARCHAR) "
    "NOT IN ('[]', '[\"none\"]', '[\"unknown\"]', '[\"no_answer\"]')))"
)
PUPIL = (
    "t.age_from >= 6 AND t.age_to <= 17 AND (t.disability = 'yes' "
    "OR t.victim_type IN ('direct_injured', 'indirect_family'))"
)
CONCERNED = "(t.victim_type = 'direct_injured' OR t.disability = 'yes')"
APPLIED = "(t.disability_card IN ('yes', 'applied') OR t.cash_received IN ('yes', 'applied'))"
HURT = "t.outcome IN ('killed', 'amputation', 'injured_other')"
RAISED = (
    "t.issue_code <> 'violence_abuse' AND t.status IN "
    "('raised_with_duty_bearer', 'answered', 'resolved', 'not_upheld', 'closed')"
)
PUBLIC = (
    "t.issue_code <> 'violence_abuse' AND t.place_type IN "
    "('commune_hall', 'school', 'health_facility', 'police_court', 'polling', 'market')"
)
NO_ID = "CAST(t.id_docs AS VARCHAR)"
HELD = f"({NO_ID} LIKE '%\"nid\"%' OR {NO_ID} LIKE '%birth_cert%')"
SAID = (
    f"({HELD} OR ({NO_ID} <> '[]' AND {NO_ID} NOT LIKE '%unknown%' "
    f"AND {NO_ID} NOT LIKE '%no_answer%'))"
)
COMPLETE = (
    "t.sex NOT IN ('unknown','no_answer','not_asked') "
    "AND t.age_band IN ('0004','0511','1217','1859','60p') "
    "AND (t.disability IN ('yes','no') OR (t.age_band = '0004' AND t.disability = 'not_asked')) "
    "AND (t.victim_type IN ('not_victim','indirect_family','indirect_community') "
    "OR t.device NOT IN ('unknown','no_answer','not_asked'))"
)
OLD = (
    "t.device_in_use = 'yes' AND t.device_years > CASE WHEN t.age_band IN "
    "('0004','0511','1217','unk_child') OR t.age_to < 18 THEN 1 ELSE 3 END"
)
KNOWN = "NOT IN ('unknown','no_answer','not_asked')"
LINES = "('duplicate_confirmed','duplicate_suspected','illegible','no_mark')"
LEADERS = "('leader_faith','leader_commune_village','mp_official','monk_nun','organisation_rep')"
OVERDUE = (
    "t.is_open AND ((t.priority = 'p1' AND t.happened_on < :three_days_ago) "
    "OR (t.priority = 'p2' AND t.happened_on < :thirty_days_ago))"
)


ANSWERED = (
    "t.answered_on >= t.reported_on "
    "AND t.answer IN ('acknowledged','surveyed','planned','cleared','refused')"
)


def wants(*codes: str) -> str:
    listed = ",".join(f"'{code}'" for code in codes)
    return OPEN.format(of_person=OF_PERSON, codes=listed)


QUESTIONS: dict[str, tuple[str, str, str | None]] = {
    "I01": ("persons", "1 = 1", None),
    "I02": ("persons", "t.victim_type = 'direct_injured'", None),
    "I03": ("persons", "t.victim_type = 'indirect_family'", None),
    "I04": ("incidents", HURT, None),
    "I05": (
        "incidents", f"{HURT} AND t.was_child = 'yes'",
        f"{HURT} AND t.was_child IN ('yes','no')",
    ),
    "I06": (
        "persons",
        "t.victim_type = 'direct_injured' AND t.disability = 'yes'",
        "t.victim_type = 'direct_injured' AND t.disability IN ('yes','no')",
    ),
    "I07": ("persons", "t.sex = 'female'", f"t.sex {KNOWN}"),
    "I08": ("persons", COMPLETE, "1 = 1"),
    "I09": ("persons", "t.remoteness IN ('r3','r4')", f"t.remoteness {KNOWN}"),
    "I11": ("persons", ANY, "1 = 1"),
    "I12": ("persons", ANY, "1 = 1"),
    "I13": ("persons", f"{AMPUTEE} AND {wants('reh_prosthesis', 'reh_orthosis')}", AMPUTEE),
    "I14": (
        "persons",
        f"t.wg_walk IN (3, 4) AND {wants('reh_wheelchair', 'reh_walking_aid')}",
        "t.wg_walk IN (3, 4)",
    ),
    "I15": ("persons", wants("psy_counselling", "psy_peer", "psy_family"), "1 = 1"),
    "I16": (
        "persons",
        f"t.age_band = '1859' AND {wants('sei_livelihood', 'sei_job', 'sei_voctraining')}",
        "t.age_band = '1859'",
    ),
    "I17": ("persons", f"{PUPIL} AND t.school = 'no'", f"{PUPIL} AND t.school IN ('yes','no')"),
    "I18": ("persons", "t.latrine_usable = 'no'", "t.latrine_usable IN ('yes','no')"),
    "I19": ("persons", wants("sei_housing"), "1 = 1"),
    "I20": ("persons", ANY, "1 = 1"),
    "I21": ("needs", OVERDUE, "t.priority IN ('p1','p2')"),
    "I22": ("needs", "(t.status = 'referred' OR t.referral_to IS NOT NULL)", "1 = 1"),
    "I23": (
        "follow_ups", "t.referral_outcome = 'served'", f"t.referral_outcome {KNOWN}",
    ),
    "I24": ("needs", "t.served_on >= t.happened_on", "1 = 1"),
    "I25": ("needs", "t.is_open", None),
    "I27": ("persons", OLD, "t.device_in_use = 'yes' AND t.device_years IS NOT NULL"),
    "I28": (
        "persons",
        OPEN.format(of_person=OF_PERSON, codes=REH) + f" AND {HOME} > 120",
        OPEN.format(of_person=OF_PERSON, codes=REH) + f" AND {HOME} IS NOT NULL",
    ),
    "I29": ("persons", BARRED, ANY),
    "I30": ("follow_ups", "t.quality <= 2", "t.quality IS NOT NULL"),
    "I34": ("households", f"{SAID} AND NOT {HELD}", SAID),
    "I35": (
        "persons", f"{DUE} AND t.disability_card = 'yes'",
        f"{DUE} AND t.disability_card {KNOWN}",
    ),
    "I36": (
        "persons",
        "t.disability_card = 'yes' AND t.cash_received = 'yes'",
        f"t.disability_card = 'yes' AND t.cash_received {KNOWN}",
    ),
    "I37": (
        "persons", f"{APPLIED} AND t.cash_problem = 'yes'",
        f"{APPLIED} AND t.cash_problem IN ('yes','no')",
    ),
    "I38": ("rights_issues", "t.issue_code <> 'violence_abuse'", None),
    "I39": ("rights_issues", f"{RAISED} AND t.status = 'resolved'", RAISED),
    "I39B": (
        "rights_issues",
        f"{RAISED} AND t.answered_on >= COALESCE(t.issue_to, t.happened_on)", RAISED,
    ),
    "I40": ("rights_issues", f"{PUBLIC} AND t.issue_code = 'access_building'", PUBLIC),
    "I41": ("rights_issues", "t.issue_code = 'work_refused'", None),
    "I42": ("rights_issues", "t.issue_code = 'violence_abuse'", None),
    "I44": (
        "persons", f"{CONCERNED} AND t.has_seat = 'yes'",
        f"{CONCERNED} AND t.has_seat IN ('yes','no')",
    ),
    "I45": ("persons", "t.consulted = 'yes'", "t.consulted IN ('yes','no')"),
    "I45B": (
        "persons", "t.consulted = 'yes' AND t.view_changed = 'yes'",
        "t.consulted = 'yes' AND t.view_changed IN ('yes','no')",
    ),
    "I46": ("persons", "t.in_group = 'yes'", "t.in_group IN ('yes','no')"),
    "I49": ("signatures", "t.line_status = 'valid'", None),
    "I50": ("signatures", f"t.line_status IN {LINES}", "1 = 1"),
    "I50B": ("sheets", "NOT t.is_reconciled", "1 = 1"),
    "I51": ("signatures", f"t.line_status = 'valid' AND t.kind IN {LEADERS}", None),
    "I53": ("clearance_concerns", "1 = 1", None),
    "I54": (
        "clearance_concerns",
        ANSWERED,
        "1 = 1",
    ),
    "I55": ("clearance_concerns", "t.households IS NOT NULL", "1 = 1"),
    "I56": ("clearance_concerns", "t.device = 'submunition'", None),
}  # fmt: skip
"""Table, what counts, of what; each by the province of the record."""
OF_ITS_OWN = frozenset({"I10", "I26", "I32", "I33", "I47", "I48", "I57"})
"""Asked otherwise: villages, days, ratios, what has no place."""


def ask(
    connection: sa.Connection, project_id: int, table: str, where: str, today: dt.date
) -> dict[str, int]:
    """Rows that may be counted today, by province, "" for all."""
    first = today.replace(day=1)
    values = {
        "project": project_id,
        "today": today,
        "half_a_year_ago": first - dt.timedelta(days=180),
        "three_days_ago": first - dt.timedelta(days=3),
        "thirty_days_ago": first - dt.timedelta(days=30),
    }
    sql = (
        f"SELECT t.adm1, count(*) FROM {table} t WHERE t.project_id = :project "
        f"AND t.stats AND (t.stats_until IS NULL OR t.stats_until >= :today) "
        f"AND t.standing <> 'rejected' AND ({where}) GROUP BY t.adm1"
    )
    statement = sa.text(sql)
    named = {name: value for name, value in values.items() if f":{name}" in sql}
    days = [sa.bindparam(name, type_=sa.Date()) for name in named if name != "project"]
    found = {row[0]: row[1] for row in connection.execute(statement.bindparams(*days), named)}
    return {**found, "": sum(found.values())}


def differences(session: sa.orm.Session, project_id: int) -> Iterator[str]:
    """Where a figure, by province and in all, is not what its question finds."""
    actor = factories.a_coordinator(project_id)
    today = clock.now().astimezone(CAMBODIA).date()
    for code, (table, counted, of) in QUESTIONS.items():
        grid = INDICATORS[code].grid
        by = ("province",) if ("province",) in grid else ()
        shown = actions.show(session, actor, project_id, code, by, Audience.INTERNAL)
        for name, where in (("n", counted), ("d", of)):
            if where is None:
                continue
            asked = ask(session.connection(), project_id, table, where, today)
            told = {
                (row.key[0] if row.key and row.key[0] else ""): getattr(row, name)
                for row in (*shown.cells, *shown.totals)
            }
            wanted = asked if by else {"": asked[""]}
            if {k: v for k, v in told.items() if v} != {k: v for k, v in wanted.items() if v}:
                yield f"{code} {name}: {told}, not {wanted}"


def main(url: str, project_id: int) -> None:
    database = Database(url)
    db.use(database)
    with db.reading() as session:
        found = list(differences(session, project_id))
    print("\n".join(found) or f"{len(QUESTIONS)} figures are what their questions find")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
