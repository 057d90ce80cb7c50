"""Places that all processes of a machine share."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

from service.foundation.host_places import HostPlaces

HOLDER = """
import sys, time, contextlib
from pathlib import Path
from service.foundation.host_places import HostPlaces
places = HostPlaces(Path(sys.argv[1]), "test", 2)
with places.taken(), places.taken():
    print("held", flush=True)
    time.sleep(60)
"""


def test_no_more_are_inside_than_there_are_places(tmp_path: Path) -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with HostPlaces(tmp_path, "test", 2).taken():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.02)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (inside, most) == (0, 2)


def test_other_processes_count_and_their_death_frees_their_places(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    entered = threading.Event()

    def enter() -> None:
        with HostPlaces(tmp_path, "test", 2).taken():
            entered.set()

    thread = threading.Thread(target=enter)
    thread.start()
    assert not entered.wait(0.2)
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert entered.wait(30)
    thread.join()
