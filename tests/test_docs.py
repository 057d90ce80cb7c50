"""What is there is written down, and what is written down is there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from service.cli import serve
from service.foundation import settings
from service.foundation.problems import CATALOGUE
from service.indicators.catalogue import INDICATORS, MISSING
from tests import written_docs
from tests.security_requirements import REQUIREMENTS, proofs

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
SHARED_NAMES = r"openrosa\.md|domain\.md|security\.md|interfaces\.md|style\.md|design\.md"
NOT_OURS = re.compile(
    rf"\.\./shared|/shared/|/work/|(?<![\w-])(?:{SHARED_NAMES})\b"
    r"|\b[Dd]omain (?:reference )?§|\b[Ii]nterfaces §|\(§\d"
    r"|pypi\.org|pythonhosted|npmjs|claude|anthropic|openai|copilot"
)
"""References that a reader of this repository cannot follow, and names that are not its matter."""

ENVIRONMENT_NAME = re.compile(r"""["'](SAMLENG_[A-Z0-9_]+|HOST|PORT|WORKERS|THREADS)["']""")
FOR_TESTS_ALONE = {"SAMLENG_CRASH_AT"}


def our_files() -> Iterator[tuple[Path, str]]:
    """Every text file that is, or is about to be, in the repository; locked requirements apart."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.suffix in {".woff2", ".ttf", ".xlsx", ".png"} or path == Path(__file__):
            continue
        if path.is_file() and not path.name.startswith("requirements"):
            yield path, path.read_text("utf-8")


@pytest.mark.parametrize("name", written_docs.PAGES)
def test_lists_of_what_the_code_has_are_up_to_date(name: str) -> None:
    written = (ROOT / "docs" / name).read_text("utf-8")
    assert written == written_docs.PAGES[name](), "run: make docs"


def test_every_security_requirement_is_listed_once_and_every_test_names_one() -> None:
    numbers = [each.number for each in REQUIREMENTS]
    assert numbers == list(range(1, 62))
    assert set(proofs()) <= set(numbers)


def test_those_lists_leave_nothing_out() -> None:
    assert all(f"`{slug}`" in written_docs.problems() for slug in CATALOGUE)
    for written in (written_docs.indicators(), written_docs.indicators_in_khmer()):
        assert all(f"### {one} " in written for one in [*INDICATORS, *MISSING])
    names = [name for name, _ in written_docs.all_commands()]
    assert {"serve", "worker", "facts rebuild", "figures show"} <= set(names)
    assert all(f"`{name}" in written_docs.command_list() for name in names)


def test_every_setting_is_in_the_readme_and_every_one_there_exists() -> None:
    sources = [Path(module.__file__).read_text("utf-8") for module in (settings, serve)]
    read = {name for source in sources for name in ENVIRONMENT_NAME.findall(source)}
    table = README.partition("## Settings")[2].partition("\n## ")[0]
    written = set(re.findall(r"`(SAMLENG_[A-Z0-9_]+|HOST|PORT|WORKERS|THREADS)`", table))
    assert read - FOR_TESTS_ALONE == written


def test_defaults_in_the_readme_are_those_of_the_code(tmp_path: Path) -> None:
    chosen = settings.from_environment({"SAMLENG_DATA_DIR": str(tmp_path)})
    defaults = {
        "SAMLENG_TRUSTED_PROXIES": chosen.trusted_proxies,
        "SAMLENG_MAX_BODY_MB": chosen.max_body_mb,
        "SAMLENG_API_REQUESTS_A_MINUTE": chosen.api_requests_a_minute,
        "SAMLENG_DEVICE_SUBMISSIONS_A_DAY": chosen.device_submissions_a_day,
        "SAMLENG_DEVICE_MIB_A_DAY": chosen.device_mib_a_day,
        "SAMLENG_DIGEST": "on" if chosen.digest else "off",
        "SAMLENG_DIGEST_MD5": "on" if chosen.digest_md5 else "off",
        "SAMLENG_DEFAULT_LANGUAGE": chosen.default_language,
        "SAMLENG_DATABASE_POOL": chosen.database_pool,
        "SAMLENG_LOG_LEVEL": chosen.log_level,
    }
    assert chosen.min_free_mb is None
    assert "| `SAMLENG_MIN_FREE_MB` | a twentieth of the disk, at least 1 GiB |" in README
    for name, value in defaults.items():
        assert f"| `{name}` | `{value}` |" in README


def test_the_readme_begins_with_two_commands_that_exist() -> None:
    commands = re.findall(r"^    (make \w+)$", README.partition("## ")[0], re.M)
    assert commands == ["make run", "make test"]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for mentioned in re.findall(r"`make (\w+)", README):
        assert re.search(rf"^{mentioned}:", makefile, re.M), mentioned


def test_every_document_and_decision_is_listed() -> None:
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}
    decisions = {f"decisions/{path.name}" for path in (ROOT / "docs/decisions").glob("*.md")}
    assert [page for page in sorted(pages | decisions) if f"({page})" not in index] == []
    numbers = [path.name[:4] for path in sorted((ROOT / "docs/decisions").glob("*.md"))]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path, text in our_files():
        if path.suffix != ".md":
            continue
        for target in re.findall(r"\]\(([^)#\s]+)", text):
            if "://" not in target and not (path.parent / target).exists():
                broken.append(f"{path.relative_to(ROOT)}: {target}")
    assert broken == []


def test_paths_named_in_code_and_documents_exist() -> None:
    named = re.compile(r"(?<![\w/.-])(?:docs|tests|service)/[\w/.-]*\.(?:py|md|toml|json)\b")
    missing = [
        f"{path.relative_to(ROOT)}: {found}"
        for path, text in our_files()
        for found in named.findall(text)
        if not (ROOT / found).exists()
    ]
    assert missing == []


def test_nothing_refers_to_what_is_not_here() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path, text in our_files()
        for match in NOT_OURS.finditer(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["see openrosa.md §3.3", "(domain §6.4)", "../shared/x", "(§6.5 T7)", "`security.md` §7.1"],
)
def test_such_a_reference_is_seen(text: str) -> None:
    assert NOT_OURS.search(text)


@pytest.mark.parametrize("text", ["RFC 9562 §5.7", "[SECURITY](SECURITY.md)", "docs/disclosure.md"])
def test_standards_and_our_own_pages_may_be_named(text: str) -> None:
    assert not NOT_OURS.search(text)


def test_every_requirement_has_its_reason() -> None:
    reasons = (ROOT / "docs/decisions/0002-libraries.md").read_text("utf-8")
    wanted = [
        line.partition("[")[0].strip()
        for name in ("requirements.in", "requirements-dev.in")
        for line in (ROOT / name).read_text("utf-8").splitlines()
        if line and not line.startswith(("#", "-"))
    ]
    assert [one for one in wanted if f"`{one}`" not in reasons] == []


def test_the_error_page_of_a_proxy_is_a_message_that_a_phone_can_show() -> None:
    page = ROOT / "docs" / "openrosa-error.xml"
    root = etree.fromstring(page.read_bytes())
    assert root.tag == "{http://openrosa.org/http/response}OpenRosaResponse"
    assert root[0].get("nature") == "error"
    assert re.search("[a-z]", root[0].text or "")
    assert re.search("[\u1780-\u17ff]", root[0].text or "")
    proxy = (ROOT / "docs" / "for-operators.md").read_text("utf-8")
    assert "error_page 400 " in proxy
    assert "/openrosa-error.xml" in proxy


def test_s55_the_unit_for_systemd_lets_the_server_write_to_its_state_alone() -> None:
    unit = (ROOT / "docs" / "samleng.service").read_text("utf-8")
    lines = dict(
        line.split("=", 1) for line in unit.splitlines() if "=" in line and line[0] not in "#["
    )
    assert lines["User"] == "samleng"
    assert lines["ProtectSystem"] == "strict"
    assert lines["StateDirectory"] == "samleng samleng-keys"
    assert lines["NoNewPrivileges"] == "yes"
    assert lines["CapabilityBoundingSet"] == ""
    assert lines["LimitCORE"] == "0"
    assert "ReadWritePaths" not in lines
    assert int(lines["TimeoutStopSec"]) > 60  # `workers_kill_timeout` of the server
