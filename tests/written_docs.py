"""`make docs`: write the pages of docs/ that are lists of what the code has.

`tests/test_docs.py` compares them with the code, so none of them can fall behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from service.cli import commands
from service.foundation.problems import CATALOGUE
from tests import (
    conformance,
    sbom,
    security_requirements,
    written_dictionary,
    written_indicators,
    written_roles,
)

DOCS = Path(__file__).parents[1] / "docs"
NOTE = "<!-- Written by `make docs` from the code. Do not edit. -->\n"


def problems() -> str:
    """docs/problems.md: everything that can go wrong."""
    intro = (
        "Outside device routes an error is `application/problem+json` (RFC 9457) with `type` "
        "`urn:samleng:problem:` and the slug, and `code`, `message` and `details` as clients of "
        "ODK Central read them. On device routes it is an OpenRosa message in the language of the "
        "project, on pages a page. The first part of the code is the HTTP status.\n"
    )
    lines = [
        "# Everything that can go wrong\n", NOTE, intro,
        "| Slug | Code | English | ខ្មែរ |\n|---|---|---|---|",
    ]  # fmt: skip
    for slug, kind in sorted(CATALOGUE.items(), key=lambda item: (item[1].code, item[0])):
        again = f" (`Retry-After: {kind.retry_after_s}`)" if kind.retry_after_s else ""
        lines.append(f"| `{slug}` | {kind.code}{again} | {_cell(kind.en)} | {_cell(kind.km)} |")
    return "\n".join(lines) + "\n"


def indicators() -> str:
    """docs/indicators.md: every figure that can be asked for."""
    return written_indicators.page("en", NOTE)


def indicators_in_khmer() -> str:
    """docs/indicators-km.md: the same for readers of Khmer."""
    return written_indicators.page("km", NOTE)


def command_list() -> str:
    """docs/commands.md: every command of `.venv/bin/flask`."""
    lines = [
        "# Commands\n", NOTE,
        "`.venv/bin/flask COMMAND --help` says more. `--json` prints one JSON object.\n",
        "| Command | Does |\n|---|---|",
    ]  # fmt: skip
    for name, command in sorted(all_commands()):
        usage = " ".join([name, *map(_option, command.params)])
        lines.append(f"| `{usage}` | {_cell(command.get_short_help_str(200))} |")
    return "\n".join(lines) + "\n"


def all_commands() -> Iterator[tuple[str, click.Command]]:
    for command in commands.ALL:
        yield from _with_its_own(str(command.name), command)


def _with_its_own(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """The command, or those of a group and of its groups."""
    if isinstance(command, click.Group):
        for its_name, one in command.commands.items():
            yield from _with_its_own(f"{name} {its_name}", one)
    else:
        yield name, command


def _option(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        shown = str(parameter.name).upper()
        return shown if parameter.required else f"[{shown}]"
    shown = parameter.opts[0]
    if isinstance(parameter, click.Option) and not parameter.is_flag:
        shown += f" {(parameter.metavar or parameter.type.name).upper()}"
    return shown if parameter.required else f"[{shown}]"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _sentence(text: str) -> str:
    return text.strip()


def roles() -> str:
    """docs/roles.md: who may do what."""
    return written_roles.page(NOTE)


def conforming() -> str:
    """docs/conformance.md: what clients rely on, and which tests show it."""
    return f"# What clients rely on, and which tests show it\n\n{NOTE}\n{conformance.page()}"


def security() -> str:
    """docs/security-requirements.md: what must hold, and which tests show it."""
    return f"# What must hold, and which tests show it\n\n{NOTE}\n{security_requirements.page()}"


def data_dictionary() -> str:
    """docs/data-dictionary.md: what facts hold."""
    return written_dictionary.page(NOTE)


PAGES = {
    "data-dictionary.md": data_dictionary,
    "problems.md": problems,
    "indicators.md": indicators,
    "indicators-km.md": indicators_in_khmer,
    "commands.md": command_list,
    "security-requirements.md": security,
    "conformance.md": conforming,
    "roles.md": roles,
}


def main() -> None:
    for name, write in PAGES.items():
        (DOCS / name).write_text(write(), "utf-8")
        print(f"wrote docs/{name}")
    sbom.SBOM.write_text(sbom.sbom(), "utf-8")
    print(f"wrote docs/{sbom.SBOM.name}")


if __name__ == "__main__":
    main()
