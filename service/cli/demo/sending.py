"""Sending synthetic records through the real door, several phones at once."""

from __future__ import annotations

import http.client
import threading
import urllib.parse
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from service.cli.demo import odd, people, phone_xml
from service.cli.demo.odd import Unit
from service.cli.demo.others import OTHERS

Post = Callable[[str, bytes], int]
"""(URL of a phone's base, body) -> status."""


def records(
    seed: int, households: int, signers: int, forms: Collection[str] = ()
) -> Iterator[Unit]:
    """`households` assessments with `signers` signatures spread between them and, of the other
    reference forms among `forms`, their share; with these also what goes wrong in the field."""
    due_of = {form: _share(form, households + signers) for form in OTHERS if form in forms}
    signed, made = 0, Counter[str]()
    for number in range(households):
        household = people.household(seed, number)
        yield odd.unit(household, number) if due_of else (household,)
        for one in range(signed, signers * (number + 1) // households):
            yield (people.signer(seed, one),)
            signed += 1
        for form, share in due_of.items():
            due = -(-share * (number + 1) // households)  # early rather than late
            for one in range(made[form], due):
                yield (OTHERS[form][1](seed, one),)
                made[form] += 1


def _share(form: str, of: int) -> int:
    return max(1, round(of * OTHERS[form][0] / 1000))


def first(units: Iterable[Unit], most: int) -> Iterator[Unit]:
    """As many records, the last unit cut short."""
    left = most
    for unit in units:
        if left <= 0:
            return
        yield unit[:left]
        left -= len(unit)


def send_all(
    units: Iterator[Unit],
    versions: dict[str, str],
    phones: Sequence[str],
    post: Callable[[], Post],
    progress: Callable[[int], None],
) -> Counter[int]:
    """Send every record, each phone in a thread of its own; answers counts by status.

    `post` makes a sender for one thread. Raises what a thread raised.
    """
    lock, statuses, errors = threading.Lock(), Counter[int](), []

    def work(phone: str) -> None:
        try:
            send = post()
            while True:
                with lock:
                    unit = next(units, None)
                if unit is None:
                    return
                for record in unit:
                    xml = phone_xml.instance(record, versions[record.form_id])
                    status = send(phone, phone_xml.multipart(xml, record.files))
                    with lock:
                        statuses[status] += 1
                        progress(statuses.total())
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return statuses


def over_http() -> Post:
    """A sender that keeps one connection open, as a phone does."""
    connection: list[http.client.HTTPConnection] = []

    def post(phone: str, body: bytes) -> int:
        target = urllib.parse.urlsplit(phone)
        if not connection:
            connection.append(http.client.HTTPConnection(target.netloc, timeout=60))
        headers = {"Content-Type": phone_xml.CONTENT_TYPE, "X-OpenRosa-Version": "1.0"}
        connection[0].request("POST", f"{target.path}/submission", body, headers)
        response = connection[0].getresponse()
        response.read()
        return response.status

    return post
