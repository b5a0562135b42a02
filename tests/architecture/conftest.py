import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(?P<kind>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    kind: str
    title: str | None
    text: str


def blocks_of(page: Path) -> Iterator[Block]:
    for found in _FENCE.finditer(page.read_text("utf-8")):
        yield Block(found["kind"], found["title"], found["text"])


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the source to change: what runs in it imports from it."""
    copy = tmp_path / "checkout"
    ignore = shutil.ignore_patterns("__pycache__", "*.json.gz")
    for root in ("habeas", "producers", "consumers", "connectors", "schemas"):
        shutil.copytree(ROOT / root, copy / root, ignore=ignore)
    (copy / "tests" / "connectors").mkdir(parents=True)
    for name in ("pyproject.toml", "tests/conftest.py"):
        shutil.copyfile(ROOT / name, copy / name)
    return copy


@pytest.fixture
def blocks():
    """The fenced blocks of a page."""
    return blocks_of
