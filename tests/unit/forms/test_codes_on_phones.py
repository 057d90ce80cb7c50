"""Phones tell at once that a digit of the paper's code is wrong: by the rule in the forms, as
ODK Collect's own engine (JavaRosa, which ODK Validate carries) computes it."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterable
from html import unescape
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
import pyxform.validators.odk_validate

from service.facts import paper_codes
from tests import programs
from tests.golden import reference_forms

JAR = Path(pyxform.validators.odk_validate.__file__).parent / "bin" / "ODK_Validate.jar"
ASKING = [
    form_id
    for form_id in reference_forms.FORM_IDS
    if b"/data/c_code" in reference_forms.converted(form_id)[0]
]
FORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>codes</h:title><model><instance>
<data id="codes">{codes}<meta><instanceID/></meta></data></instance>{binds}
<bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>
<h:body><input ref="/data/c0"><label>code</label></input></h:body></h:html>"""


def rule(form_id: str) -> str:
    xml = reference_forms.converted(form_id)[0].decode()
    (found,) = re.findall(r'nodeset="/data/c_code"[^>]*? constraint="([^"]*)"', xml)
    return unescape(found)


def javarosa_agrees(tmp_path: Path, constraint: str, codes: Iterable[tuple[str, bool]]) -> str:
    """ "" where the rule holds of each code exactly as said; else what the engine says. A code of
    which it holds otherwise computes a function that no engine has."""
    java = programs.need("java", "default-jre-headless")
    values, binds = [], []
    for at, (code, is_good) in enumerate(codes):
        ways = "'ok', wrong()" if is_good else "wrong(), 'ok'"
        held = re.sub(r"(?<=[(\s])\.(?=[,\s])", f"/data/c{at}", constraint)
        values.append(f"<c{at}>{escape(code)}</c{at}><r{at}/>")
        computed = quoteattr(f"if({held}, {ways})")
        binds.append(f'<bind nodeset="/data/r{at}" type="string" calculate={computed}/>')
    form = tmp_path / "codes.xml"
    form.write_text(FORM.format(codes="".join(values), binds="".join(binds)), encoding="utf-8")
    ran = subprocess.run(
        [java, "-Djava.awt.headless=true", "-jar", str(JAR), str(form)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return "" if ran.returncode == 0 else ran.stderr + ran.stdout


def mistyped(code: str) -> Iterable[str]:
    """Each digit another, each two neighbours changed, one too few, one too many."""
    plain = code.replace("-", "")
    for at, digit in enumerate(plain):
        yield from (plain[:at] + str(n) + plain[at + 1 :] for n in range(10) if str(n) != digit)
        if at and plain[at - 1] != digit:
            yield plain[: at - 1] + digit + plain[at - 1] + plain[at + 1 :]
    yield from (plain[:-1], plain[:13], plain + "0")


def test_javarosa_tells_each_slip_and_takes_every_paper(tmp_path: Path) -> None:
    chance = random.Random(97)
    printed = [paper_codes.digits(chance.randrange(paper_codes.BY_CHANCE)) for _ in range(100)]
    printed += [paper_codes.digits(0), paper_codes.digits(paper_codes.BY_CHANCE - 1)]
    before = [paper_codes.spelled(chance.getrandbits(60)) for _ in range(100)]
    others = ["BT-0012", "123456789012", printed[0].replace("-", ""), "9" * 12]
    misread = [printed[0].replace("0", "O").replace("1", "l")]
    good = [*printed, *before, *others, *misread]
    bad = list(mistyped(printed[0]))
    assert len(bad) > 150
    assert not any(map(paper_codes.is_mistyped, good))
    assert all(map(paper_codes.is_mistyped, bad))
    codes = [*((code, True) for code in good), *((code, False) for code in bad)]
    assert javarosa_agrees(tmp_path, rule("testimony"), codes) == ""
    assert javarosa_agrees(tmp_path, rule("testimony"), [(bad[0], True)]), "it can say no"
    assert javarosa_agrees(tmp_path, rule("testimony"), [(good[0], False)]), "and yes"


@pytest.mark.parametrize("form_id", ASKING)
def test_every_form_that_asks_for_the_code_has_the_rule(form_id: str) -> None:
    assert rule(form_id) == rule("testimony")


def test_those_are_the_forms_of_persons() -> None:
    assert set(reference_forms.FORM_IDS) - set(ASKING) == {"treaty_sheet", "service_directory"}
