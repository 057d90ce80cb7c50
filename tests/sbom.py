"""`make docs`: docs/sbom.cdx.json, every package that a running Samleng consists of (CycloneDX).

Read from requirements.txt, which is what is installed, hashes checked. No address and no time is
in it, so that the same packages make the same file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot5
from packageurl import PackageURL

ROOT = Path(__file__).parents[1]
SBOM = ROOT / "docs" / "sbom.cdx.json"
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]+\])?==([^\s;\\]+)", re.M | re.I)


def pins(requirements: str) -> Iterator[tuple[str, str]]:
    """(name, version) of every pinned package."""
    yield from PIN.findall(requirements)


def sbom() -> str:
    """The list as JSON, in the order of names."""
    made = Bom()
    made.serial_number = None  # type: ignore[assignment]
    made.metadata.timestamp = None  # type: ignore[assignment]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    us = Component(name=project["name"], type=ComponentType.APPLICATION, bom_ref="samleng")
    made.metadata.component = us
    licences = LicenseFactory()
    parts = [
        Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            bom_ref=f"{name}@{version}",
            purl=PackageURL(type="pypi", name=name, version=version),
            licenses=[licences.make_from_string(found)] if (found := _licence(name)) else [],
        )
        for name, version in pins((ROOT / "requirements.txt").read_text("utf-8"))
    ]
    for part in parts:
        made.components.add(part)
    made.register_dependency(us, parts)
    return JsonV1Dot5(made).output_as_string(indent=1) + "\n"


def _licence(name: str) -> str | None:
    """As the package itself says, where it says so in one line."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:  # for another operating system
        return None
    one_line = told.get("License-Expression") or told.get("License") or ""
    return one_line if one_line and "\n" not in one_line and len(one_line) < 60 else None
