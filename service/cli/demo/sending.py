"""Sending synthetic records through the real door, several phones at once."""

from __future__ import annotations

import http.client
import threading
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from service.cli.demo import phone_xml
from service.cli.demo.people import Filled

Post = Callable[[str, bytes], int]
"""(URL of a phone's base, body) -> status."""


def records(seed: int, households: int, signers: int) -> Iterator[Filled]:
    """`households` assessments with `signers` signatures spread between them."""
    from service.cli.demo import people

    sent = 0
    for number in range(households):
        yield people.household(seed, number)
        due = signers * (number + 1) // households
        for signed in range(sent, due):
            yield people.signer(seed, signed)
        sent = due


def send_all(
    filled: Iterator[Filled],
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
                    record = next(filled, None)
                if record is None:
                    return
                body = phone_xml.multipart(phone_xml.instance(record, versions[record.form_id]))
                status = send(phone, body)
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
