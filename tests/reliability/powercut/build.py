"""Compiles `powercut.c` with the machine's compiler, or with the one that PyPI's ziglang carries.

The library is kept by the hash of its source in the temporary directory, so it is compiled once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("powercut.c")
FLAGS = ("-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-fvisibility=hidden")


def compilers() -> list[list[str]]:
    """The compilers to try, in order. Every one of them must do: a test compiles with each."""
    on_path = shutil.which("cc")
    zig = [sys.executable, "-m", "ziglang", "cc"]
    return [[on_path], zig] if on_path else [zig]


def compile_with(compiler: list[str], target: Path) -> None:
    """Write the library to `target`; the compiler's words are in the error when it refuses."""
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "powercut.so"
        done = subprocess.run(
            [*compiler, *FLAGS, "-o", str(made), str(SOURCE), "-ldl", "-lpthread"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "ZIG_GLOBAL_CACHE_DIR": scratch, "ZIG_LOCAL_CACHE_DIR": scratch},
        )
        if done.returncode:
            message = f"{' '.join(compiler)} cannot compile {SOURCE}:\n{done.stderr}"
            raise RuntimeError(message)
        target.parent.mkdir(parents=True, exist_ok=True)
        # Several test processes may compile at once; each puts a whole file in place.
        partial = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copyfile(made, partial)
        partial.replace(target)


@cache
def library() -> Path:
    """Path of the compiled library, for LD_PRELOAD."""
    digest = hashlib.sha256(SOURCE.read_bytes() + repr(FLAGS).encode()).hexdigest()[:16]
    target = Path(tempfile.gettempdir()) / f"samleng-powercut-{os.getuid()}" / f"{digest}.so"
    if not target.exists():
        compile_with(compilers()[0], target)
    return target
