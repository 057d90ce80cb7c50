"""`make audit`: known weaknesses in what is pinned, asked of an advisory service.

Part of `make check`. Where the service cannot be reached that is said, and nothing is proven; a
package with a known weakness ends it with status 1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = ("requirements.txt", "requirements-dev.txt")
LONGEST_S = 40


def main() -> None:
    requirements = [ROOT / name for name in FILES]
    found = audit(requirements, url=os.environ.get("ADVISORIES_URL"))
    if found is None:
        print("advisories: not asked, the service cannot be reached from here", file=sys.stderr)
        return
    for line in found:
        print(line, file=sys.stderr)
    sys.exit(bool(found))


def audit(requirements: list[Path], url: str | None = None) -> list[str] | None:
    """“package version: advisory, mended in …” for each; None where nobody could be asked."""
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service=osv", "--disable-pip"]
    command += ["--require-hashes", "--progress-spinner=off", "--format=json", "--timeout=10"]
    command += [f"--osv-url={url}"] if url else []
    command += [f"--requirement={path}" for path in requirements]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
        told = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None
    return [
        f"{each['name']} {each['version']}: {weakness['id']}, "
        f"mended in {', '.join(weakness['fix_versions']) or 'no version yet'}"
        for each in told["dependencies"]
        for weakness in each.get("vulns", ())
    ]


if __name__ == "__main__":
    main()
