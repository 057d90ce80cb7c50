"""`make lock`: resolve requirements*.in into pinned requirements*.txt, hashes included."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> None:
    for name in ("requirements", "requirements-dev"):
        subprocess.run(
            [
                sys.executable,
                "-m",
                "uv",
                "pip",
                "compile",
                "--quiet",
                "--universal",
                "--python-version=3.11",
                "--generate-hashes",
                "--no-emit-index-url",
                "--no-emit-find-links",
                "--custom-compile-command=make lock",
                f"--output-file={name}.txt",
                f"{name}.in",
            ],
            cwd=ROOT,
            check=True,
        )


if __name__ == "__main__":
    main()
