"""`flask WORDS…` as a process of its own, started by one that has imported the program already.

Importing takes fifteen times as long as most commands. `python -m tests.commands` imports the
program, opens nothing, and forks for each line it reads: so each command begins where `python -m
flask` is before it looks at its settings, with its own environment, database, terminal and exit
status. How the program itself starts is tested with `python -m flask` (`test_starting.py`,
`test_serve.py`).
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask.cli import FlaskGroup

ROOT = Path(__file__).parents[1]
_starters: dict[int, subprocess.Popen[str]] = {}
"""By the process that started them: one that was forked has none yet."""
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
        files = [read, out, err]
        asked = {"words": list(words), "env": dict(env), "files": files, "program": program}
        status = _start(json.dumps(asked))
        said, told = Path(out).read_text("utf-8"), Path(err).read_text("utf-8")
        return subprocess.CompletedProcess([*words], status, said, told)


def _start(line: str) -> int:
    with _one_at_a_time:
        if os.getpid() not in _starters:
            started = subprocess.Popen(
                [sys.executable, "-m", __name__],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            _starters[os.getpid()] = started
            atexit.register(_end, started)
        starter = _starters[os.getpid()]
        assert starter.stdin is not None
        assert starter.stdout is not None
        starter.stdin.write(f"{line}\n")
        starter.stdin.flush()
        return int(starter.stdout.readline())


def _end(starter: subprocess.Popen[str]) -> None:
    """It ends when nobody can ask any more."""
    starter.communicate()


def _serve() -> None:
    """Until whoever asks is gone."""
    import psycopg  # noqa: F401
    from flask.cli import FlaskGroup

    from service.app import furnish, skeleton
    from service.foundation.settings import from_environment

    ready = skeleton(is_command=True)
    flask = FlaskGroup(create_app=lambda: furnish(ready, from_environment()))
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _be_and_end(flask, json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _be_and_end(flask: FlaskGroup, asked: dict[str, Any]) -> None:
    """Without tidying up: what was imported is shared, and taking it apart would copy it all."""
    status: Any = 1
    try:
        program = asked.pop("program")
        words = _become(**asked)
        if program:
            exec(program, {})
            status = 0
        else:
            flask.main(args=words, prog_name="flask")
    except SystemExit as ended:
        status = ended.code or 0
    except BaseException:
        traceback.print_exc()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _become(words: list[str], env: dict[str, str], files: list[str]) -> list[str]:
    """Nothing is left of whoever started this process but what was imported."""
    os.environ.clear()
    os.environ.update(env)
    modes = (os.O_RDWR | os.O_NOCTTY, os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_CREAT)
    for number, (path, mode) in enumerate(zip(files, modes, strict=True)):
        os.dup2(os.open(path, mode, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    return words


if __name__ == "__main__":
    _serve()
