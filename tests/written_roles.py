"""docs/roles.md: the policy in words, for coordinators and for engineers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from service.accounts.actions import EMERGENCY_ROLES
from service.accounts.actor import Role
from service.accounts.policy import ABOUT_ONESELF, ALLOWED, BY_EMERGENCY, BY_RECORD, IN_AREA, Act
from service.accounts.ranks import RANK
from service.web.identify import stated_act
from service.web.pages.texts import text
from tests.conftest import close
from tests.test_openapi import the_app

COLUMNS = (
    Role.DEVICE, Role.FIELD_WORKER, Role.ADVOCATE, Role.REVIEWER, Role.COORDINATOR, Role.ANALYST,
    Role.ADMIN,
)  # fmt: skip


ROLES_INTRO = {
    "en": {
        "title": "Roles",
        "how": "A role is given in one project: everywhere in it, or in one area (province, "
        "district, commune), for good or until a day. ● everywhere or in an area, there; "
        "○ only where the role holds in the whole project. What has no place is seen only by "
        "those who see the whole project.",
        "giving": "Who gives which role, never to themselves:",
        "day": "Emergency access, given by a coordinator of the whole project for 24 hours, told "
        "to all coordinators, each page written down, reads and changes nothing:",
        "files": "files only where the person's own role opens files",
    },
    "km": {
        "title": "តួនាទី",
        "how": "តួនាទីផ្តល់ក្នុងគម្រោងមួយ៖ គ្រប់ទីកន្លែង ឬក្នុងតំបន់មួយ (ខេត្ត ស្រុក ឃុំ) "
        "ជារៀងរហូត ឬដល់ថ្ងៃណាមួយ។ ● គ្រប់ទីកន្លែង ឬក្នុងតំបន់របស់ខ្លួន; "
        "○ តែពេលតួនាទីគ្របដណ្តប់គម្រោងទាំងមូល។ អ្វីដែលគ្មានទីកន្លែង មើលបានតែអ្នកដែលមើល"
        "គម្រោងទាំងមូល។",
        "giving": "អ្នកណាផ្តល់តួនាទីណា (មិនដែលផ្តល់ឱ្យខ្លួនឯង)៖",
        "day": "សិទ្ធិបន្ទាន់ ផ្តល់ដោយអ្នកសម្របសម្រួលនៃគម្រោងទាំងមូល រយៈពេល 24 ម៉ោង "
        "ប្រាប់អ្នកសម្របសម្រួលទាំងអស់ ទំព័រនីមួយៗត្រូវបានកត់ត្រា អាចអានតែមិនអាចកែ៖",
        "files": "ឯកសារតែពេលតួនាទីផ្ទាល់របស់មនុស្សនោះអាចបើកឯកសារ",
    },
}
ENGINEERS = (
    "## For engineers\n\n"
    "`service/accounts/policy.py` is the one place that decides; `reach()` says how far, "
    "`explain()` says why. `tests/test_authorisation.py` writes the same table down a second time, "
    "by hand, and asks every route as every caller. Why it is so: "
    "[decision 0018](decisions/0018-roles-and-areas.md).\n"
)


def page(note: str) -> str:
    lines = ["# Who may do what · អ្នកណាអាចធ្វើអ្វី\n", note]
    for language, intro in ROLES_INTRO.items():
        heads = [text(f"role.{role}", language) for role in COLUMNS]
        lines += [f"## {intro['title']}\n", f"{intro['how']}\n", _row(["", *heads])]
        lines.append(_row(["---", *[":-:"] * len(heads)]))
        for act in Act:
            marks = [_mark(act, role) for role in COLUMNS]
            lines.append(_row([text(_act_key(act), language), *marks]))
        lines += ["", f"{intro['giving']}\n"]
        for role in (Role.ADMIN, Role.COORDINATOR):
            given = [one for one in COLUMNS if RANK.get(one, RANK[role]) < RANK[role]]
            names = ", ".join(text(f"role.{one}", language) for one in given)
            lines.append(f"- {text(f'role.{role}', language)} → {names}")
        lines += ["", f"{intro['day']}\n"]
        for one in EMERGENCY_ROLES:
            gained = [act for act in Act if act in BY_EMERGENCY and one in ALLOWED[act]]
            told = "; ".join(text(_act_key(act), language) for act in gained)
            lines.append(f"- {text(f'emergency.as_{one}', language)} → {told}.")
        opened = [act for act in Act if act in BY_RECORD]
        told = "; ".join(text(_act_key(act), language) for act in opened)
        lines += [f"- {text('emergency.as_record', language)} → {told} ({intro['files']}).", ""]
    lines += [ENGINEERS, "| Act | Route |\n|---|---|"]
    return "\n".join([*lines, *_routes_by_act()]) + "\n"


def _mark(act: Act, role: Role) -> str:
    if role not in ALLOWED[act]:
        return "–"
    is_bound_nowhere = role in (Role.DEVICE, Role.ADMIN)
    return "●" if act in IN_AREA or is_bound_nowhere or act in ABOUT_ONESELF else "○"


def _act_key(act: Act) -> str:
    return f"act.{act.replace('.', '_')}"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _routes_by_act() -> Iterator[str]:
    """Addresses by the act that they state, as the application has them."""
    with TemporaryDirectory() as directory:
        app = the_app(Path(directory))
        found: dict[str, list[str]] = {}
        for rule in app.url_map.iter_rules():
            methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            act = str(stated_act(app, rule.endpoint))
            found.setdefault(act, []).append(f"`{' '.join(methods)} {rule.rule}`")
        close()
    for act, routes in sorted(found.items()):
        yield f"| `{act}` | {'<br>'.join(sorted(routes))} |"
