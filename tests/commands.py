"""`flask WORDS…` and the server as processes of their own, started by one that has imported the
program already.

Importing takes fifteen times as long as most commands, and eight of ten parts of a server's start.
`python -m tests.commands` imports the program, opens nothing, and forks for each that is asked
for: so each begins where `python -m flask` or `python -m service` is before it looks at its
settings, with its own environment, database, terminal, session and exit status. How the program
itself starts is tested with these (`test_starting.py`, `test_serve.py`, `test_confined.py`, every
mutant of `test_mutants.py`).
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

ROOT = Path(__file__).parents[1]
COMMANDS, SERVERS = "commands", "servers"
"""What a starter has imported: a server has nothing of what only commands need."""
POWERCUT = "POWERCUT_ROOT"
Key: TypeAlias = tuple[int, str, str]
"""A starter, by the process that started it (one that was forked has none yet), by what it starts,
and by the library that is loaded before all others."""
_starters: dict[Key, subprocess.Popen[str]] = {}
_one_at_a_time = threading.Lock()


def run(
    words: Sequence[str], env: Mapping[str, str], *, stdin: bytes | str = b"", program: str = ""
) -> subprocess.CompletedProcess[str]:
    """What `flask WORDS…` said and how it ended. `stdin` is what it reads, or the path of a
    terminal. `program`: lines of Python that are run instead."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        read, out, err = (str(place / name) for name in ("in", "out", "err"))
        if isinstance(stdin, bytes):
            Path(read).write_bytes(stdin)
        else:
            read = stdin
        status = Begun(COMMANDS, words, env, [read, out, err], program).wait()
        said, told = Path(out).read_text("utf-8"), Path(err).read_text("utf-8")
        return subprocess.CompletedProcess([*words], status, said, told)


def begin(words: Sequence[str], env: Mapping[str, str]) -> Begun:
    """`flask WORDS…`, which nobody listens to."""
    return Begun(COMMANDS, words, env, [os.devnull] * 3)


def begin_server(env: Mapping[str, str], log: Path) -> Begun:
    """What `python -m service` is, in a session of its own."""
    return Begun(SERVERS, (), env, [os.devnull, str(log), str(log)])


class Begun:
    """A process, with what tests use of `subprocess.Popen`. Its parent is the starter, which
    buries it only when it is asked: so nobody else gets its number meanwhile."""

    def __init__(
        self,
        kind: str,
        words: Sequence[str],
        env: Mapping[str, str],
        files: Sequence[str],
        program: str = "",
    ) -> None:
        self._key = (os.getpid(), kind, env.get("LD_PRELOAD", ""))
        asked = {"words": [*words], "env": {**env}, "files": [*files], "program": program}
        self.pid = _ask(self._key, {"begin": asked})
        self.returncode: int | None = None
        self._ended = os.pidfd_open(self.pid)

    def poll(self) -> int | None:
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        found = self._look(timeout)
        if found is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return found

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._ended], [], [], timeout)[0]:
            os.close(self._ended)
            self.returncode = _ask(self._key, {"bury": self.pid})
        return self.returncode


def _ask(key: Key, what: Mapping[str, Any]) -> int:
    with _one_at_a_time:
        if key not in _starters:
            _starters[key] = _started(*key)
        starter = _starters[key]
        assert starter.stdin is not None
        assert starter.stdout is not None
        starter.stdin.write(f"{json.dumps(what)}\n")
        starter.stdin.flush()
        return int(starter.stdout.readline())


def _started(_asker: int, kind: str, library: str) -> subprocess.Popen[str]:
    env = {**os.environ, **({"LD_PRELOAD": library} if library else {})}
    starter = subprocess.Popen(
        [sys.executable, "-m", __name__, kind],
        cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    atexit.register(_end, starter)
    return starter


def _end(starter: subprocess.Popen[str]) -> None:
    """It ends when nobody can ask any more."""
    starter.communicate()


def _serve(main: Callable[[list[str]], None], *, is_apart: bool) -> None:
    """Until whoever asks is gone."""
    gc.freeze()
    for line in sys.stdin:
        told = json.loads(line)
        if "bury" in told:
            _, status = os.waitpid(told["bury"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        if os.fork() == 0:
            if is_apart:
                os.setsid()
            print(os.getpid(), flush=True)
            _be_and_end(main, told["begin"])


def _flask() -> Callable[[list[str]], None]:
    import psycopg  # noqa: F401
    from flask.cli import FlaskGroup

    from service.app import furnish, skeleton
    from service.foundation.settings import from_environment

    ready = skeleton(is_command=True)
    flask = FlaskGroup(create_app=lambda: furnish(ready, from_environment()))
    return lambda words: flask.main(args=words, prog_name="flask")


def _service() -> Callable[[list[str]], None]:
    """As `service/__main__.py` does."""
    gc.disable()
    from service.serving import serve

    return lambda _: serve()


def _be_and_end(main: Callable[[list[str]], None], asked: dict[str, Any]) -> None:
    """Without tidying up: what was imported is shared, and taking it apart would copy it all."""
    status: Any = 1
    try:
        program = asked.pop("program")
        words = _become(**asked)
        if program:
            exec(program, {})
        else:
            main(words)
        status = 0
    except SystemExit as ended:
        status = ended.code or 0
        if isinstance(status, str):
            print(status, file=sys.stderr)
            status = 1
    except BaseException:
        traceback.print_exc()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _become(words: list[str], env: dict[str, str], files: list[str]) -> list[str]:
    """Nothing is left of whoever started this process but what was imported."""
    from service.foundation import crash_points

    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    to_write = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    modes = (os.O_RDWR | os.O_NOCTTY, to_write, to_write)
    for number, (path, mode) in enumerate(zip(files, modes, strict=True)):
        os.dup2(os.open(path, mode, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    crash_points._ARMED = env.get("SAMLENG_CRASH_AT", "")  # which it reads when it is imported
    if POWERCUT in env:
        ctypes.CDLL(None).powercut_start()  # it was loaded before it knew of a disk
    return words


if __name__ == "__main__":
    is_server = sys.argv[1] == SERVERS
    _serve(_service() if is_server else _flask(), is_apart=is_server)
