"""A team in the field: phones that send without pause, whatever the server goes through."""

from __future__ import annotations

import itertools
import random
import threading
import time

from tests.clients.households import Household, household
from tests.clients.ledger import Ledger
from tests.clients.openrosa_phone import Phone, Sending
from tests.reliability.server import Site


class Team:
    """Some phones, each on a thread. Every record is sent until it is acknowledged.

    One record in five is sent once more after that, as OkHttp and impatient people do, and one in
    five over two connections at the same time. What a phone was told that no server should tell it
    is in `complaints`. `pause_s` lies between two records of a phone: where the server is not what
    the drill is about, it need not be worn out.
    """

    def __init__(
        self, site: Site, ledger: Ledger, *, phones: int = 4, seed: int = 1, pause_s: float = 0
    ) -> None:
        self.site, self.ledger, self.seed, self.pause_s = site, ledger, seed, pause_s
        self.complaints: list[str] = []
        self._numbers = itertools.count(1)
        self._resting = threading.Event()
        self._lost_hope = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(n,), daemon=True) for n in range(phones)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def rest(self, within_s: float = 30.0) -> None:
        """Begin no further record; return when those begun are acknowledged."""
        self._resting.set()
        until = time.monotonic() + within_s
        for thread in self._threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))
        if any(thread.is_alive() for thread in self._threads):
            self.dismiss()
            raise RuntimeError(f"phones still waiting for an answer: {self.complaints[-3:]}")

    def dismiss(self) -> None:
        """Stop at once, answered or not."""
        self._resting.set()
        self._lost_hope.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def _work(self, number: int) -> None:
        chance = random.Random(f"{self.seed} phone {number}")
        name = f"collect:drillphone{number:06}"
        phone, twin = (Phone(self.site.phone_url, name, timeout_s=10) for _ in range(2))
        while not self._resting.is_set():
            visited = household(next(self._numbers))
            self.ledger.intend(visited.instance_id, str(visited.number))
            draw = chance.random()
            if draw < 0.2:
                self._send_twice_at_once(phone, twin, visited)
            else:
                self._send_until_sent(phone, visited)
            if draw > 0.8:
                self._send_until_sent(phone, visited)
            time.sleep(self.pause_s)
        phone.close()
        twin.close()

    def _send_twice_at_once(self, phone: Phone, twin: Phone, visited: Household) -> None:
        other = threading.Thread(target=self._send_until_sent, args=(twin, visited), daemon=True)
        other.start()
        self._send_until_sent(phone, visited)
        other.join()

    def _send_until_sent(self, phone: Phone, visited: Household) -> None:
        while not self._lost_hope.is_set():
            sending = phone.send(visited.record)
            if sending.is_sent:
                self.ledger.acknowledge(visited.instance_id, sending.statuses[-1])
                return
            self._note(visited, sending)
            phone.start_run()
            time.sleep(0.02)

    def _note(self, visited: Household, sending: Sending) -> None:
        """No answer is what a killed server gives; an answer must be one that means: later."""
        if sending.statuses and sending.statuses[-1] not in (503, 507):
            self.complaints.append(f"{visited.number}: {sending.statuses} {sending.shown}")
