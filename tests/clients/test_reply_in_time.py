"""A phone waits a minute for an answer, and on a bad line sends all again: what takes long follows
later, whoever does it."""

from __future__ import annotations

import http.client
import time
import uuid
from collections.abc import Iterator

import pytest

from tests import media_files
from tests.factories import multipart
from tests.reliability.server import Server, Site

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(120)]
WITHIN_S = 2.0
FORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
<h:head><h:title>v</h:title><model><instance><data id="v" version="1"><photo/>
<meta><instanceID/><deprecatedID/></meta></data></instance>
<bind nodeset="/data/photo" type="binary"/>
<bind nodeset="/data/meta/instanceID" type="string"/></model></h:head><h:body>
<upload ref="/data/photo" mediatype="image/*"><label>Photo</label></upload></h:body></h:html>"""


@pytest.fixture(params=["site", "postgresql_site"], ids=["sqlite", "postgresql"])
def idle(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A server whose jobs stand still."""
    where = tmp_path_factory.mktemp("idle")
    mine: Site = request.getfixturevalue(request.param).copy_to(where / "data")
    form = where / "v.xml"
    form.write_text(FORM)
    told = ("--project", str(mine.project_id), "--ignore-warnings")
    mine.run("forms", "publish", str(form), *told)
    server = Server(mine, {"SAMLENG_EMBEDDED_WORKER": "0"})
    try:
        server.wait_ready()
        yield mine
    finally:
        server.stop()


def waited(site: Site, xml: str, name: str) -> float:
    """Seconds from the last byte of a record to the first of its answer."""
    body, content_type = multipart(xml, {name: media_files.jpeg() + bytes(3_000_000)})
    line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    address = f"/v1/key/{site.token}/projects/{site.project_id}/submission"
    line.request("POST", address, body, {"Content-Type": content_type})
    began = time.monotonic()
    answer = line.getresponse()
    took = time.monotonic() - began
    assert answer.status == 201, answer.read()
    line.close()
    return took


def test_c60_the_reply_comes_within_two_seconds_of_the_last_byte(idle: Site) -> None:
    """Records and edits of them, each with a picture that is to be cleaned; of five the fastest,
    for the machine may be busy with something else."""
    seconds, before = [], ""
    for _ in range(5):
        own = f"uuid:{uuid.uuid4()}"
        edits = f"<deprecatedID>{before}</deprecatedID>" if before else ""
        xml = (
            f'<data id="v" version="1"><photo>a.jpg</photo><meta><instanceID>{own}</instanceID>'
            f"{edits}</meta></data>"
        )
        seconds.append(waited(idle, xml, "a.jpg"))
        before = own
    assert min(seconds) < WITHIN_S, seconds
