"""Writes what is published of the wire contract: `python -m schemas.export`, and `--check` to compare only.

The exported schemas are the published truth: what would break one of them is refused. Examples are written by hand,
once, and never again: they stand for what lies on somebody's log.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from schemas.asyncapi import document
from schemas.compatibility import breaches
from schemas.events import EVENTS
from schemas.snapshots import snapshot
from schemas.topic_page import page

ROOT = Path(__file__).parent
EXPORTED = ROOT / "exported"
EXAMPLES = ROOT / "examples"
ASYNCAPI = ROOT / "asyncapi.yaml"
PAGE = ROOT.parent / "docs" / "topics.md"
SUFFIX = ".schema.json"
_GENERATED = "# Written by python -m schemas.export from events.py and topics.py; don't edit it here.\n"


def wanted() -> dict[Path, str]:
    """Every file that is generated, and its content."""
    snapshots = {event.type: snapshot(event) for event in EVENTS}
    files = {EXPORTED / f"{type_}{SUFFIX}": _json(schema) for type_, schema in snapshots.items()}
    files[ASYNCAPI] = _GENERATED + yaml.dump(
        document(snapshots, _examples()), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110
    )
    files[PAGE] = page()
    return files


def broken() -> list[str]:
    """How the models break what is published, one line each."""
    current = {event.type: snapshot(event) for event in EVENTS}
    lines = []
    for path in sorted(EXPORTED.glob(f"*{SUFFIX}")):
        type_ = path.name.removesuffix(SUFFIX)
        if type_ not in current:
            lines.append(f"{type_}: it is published and has no model any more")
            continue
        lines += [f"{type_}: {each}" for each in breaches(json.loads(path.read_text("utf-8")), current[type_])]
    return lines


def differing() -> list[str]:
    """The files that are not as they would be written, and those that are missing."""
    return [
        f"{path.relative_to(ROOT.parent)} {'differs' if path.exists() else 'is missing'}"
        for path, content in wanted().items()
        if not path.exists() or path.read_text("utf-8") != content
    ]


def main(arguments: list[str] | None = None) -> int:
    """0 if all is well, else 1, and what is not is on standard error."""
    parser = argparse.ArgumentParser(prog="python -m schemas.export", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, say what differs")
    only_check = parser.parse_args(arguments).check
    if breach := broken():
        return _fail(breach, "Published events can't change so: make a new version beside the old one.")
    if only_check:
        different = differing()
        return _fail(different, "Run python -m schemas.export and commit what it writes.") if different else 0
    for path, content in wanted().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return 0


def _examples() -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(EXAMPLES.glob("*.json"))}


def _fail(lines: list[str], remedy: str) -> int:
    sys.stderr.write("".join(f"{line}\n" for line in (*lines, remedy)))
    return 1


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


class _Plain(yaml.SafeDumper):
    """Repeats what occurs twice instead of pointing at it."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


if __name__ == "__main__":
    sys.exit(main())
