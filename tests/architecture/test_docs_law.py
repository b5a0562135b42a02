"""Each line of the law is on its page, with tests that are there and name it, or as open."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "law.md").read_text("utf-8")
ARTICLES = (7, 11, 12, 15, 16, 17, 18, 19, 20, 21, 22, 28, 30, 164, 173)  # the last two of the Data Protection Act 2018
LINES = {
    *(f"A{number}" for number in range(1, 22)),
    *(f"B{number}" for number in range(1, 13)),
    *(f"C{number}" for number in ARTICLES),
    *("C-backups", "C-suppression"),
    *(f"D{number}" for number in range(1, 9)),
}
NAMED = re.compile(r"\blaw ([A-D](?:\d+|-[a-z]+))")
"""How a test says which line it proves; it names a line as a whole, also where the page parts it."""


@dataclass(frozen=True)
class Row:
    """A row of the page: a line, or a part of it."""

    id: str
    demand: str
    proof: str

    @property
    def line(self) -> str:
        return re.sub(r"(?<=\d)[a-z]$", "", self.id)

    @property
    def open(self) -> bool:
        return "open:" in self.proof

    @property
    def tests(self) -> list[str]:
        return re.findall(r"`([^`]+::[^`]+)`", self.proof)


def rows_of(page: str) -> list[Row]:
    """All rows of all tables, their headings left out."""
    found = re.findall(r"^\| ([A-D]\S+) \| (.+?) \| (.+) \|$", page, flags=re.MULTILINE)
    return [Row(*each) for each in found]


ROWS = rows_of(PAGE)


@cache
def docstrings(path: str) -> dict[str, str]:
    """What each test of a module says of itself, with what the module says of all of them."""
    module = ast.parse((ROOT / path).read_text("utf-8"))
    of_all = ast.get_docstring(module) or ""
    return {each.name: f"{of_all}\n{ast.get_docstring(each) or ''}" for each in functions_of(module)}


def functions_of(module: ast.Module) -> Iterator[ast.FunctionDef]:
    for each in ast.walk(module):
        if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"):
            yield each


def faults(row: Row) -> Iterator[str]:
    """What is wrong with a row, in words."""
    if row.open == bool(row.tests):
        yield f"{row.id} has to be either open or proven"
    if row.open and not row.proof.partition("open:")[2].strip("* "):
        yield f"{row.id} does not say what is missing"
    for test in row.tests:
        path, _, name = test.partition("::")
        if not (ROOT / path).is_file() or name not in docstrings(path):
            yield f"{test} is not there"
        elif row.line not in NAMED.findall(docstrings(path)[name]):
            yield f"{test} does not name law {row.line}"


def test_every_line_is_there_and_no_other():
    assert {row.line for row in ROWS} == LINES
    ids = [row.id for row in ROWS]
    assert len(ids) == len(set(ids))
    whole = {row.id for row in ROWS if row.id == row.line}
    assert not {row.line for row in ROWS if row.id != row.line} & whole, "a line is whole or in parts"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_line_is_proven_by_tests_that_name_it_or_says_what_is_missing(row):
    assert list(faults(row)) == []


def test_as_many_lines_are_open_as_the_page_says():
    stated = re.search(r"^(\d+) of the lines below are open", PAGE, flags=re.MULTILINE)
    assert stated
    assert sum(row.open for row in ROWS) == int(stated[1])


def test_no_test_names_a_line_that_there_is_not():
    """Misspelt, or of a line that was renamed."""
    everywhere = [*(ROOT / "tests").rglob("test_*.py"), ROOT / "habeas" / "testing" / "connectors.py"]
    others = [path for path in everywhere if path != Path(__file__)]
    named = {
        (line, path.name)
        for path in others
        for text in docstrings(str(path.relative_to(ROOT))).values()
        for line in NAMED.findall(text)
    }
    assert {each for each in named if each[0] not in LINES} == set()


@pytest.mark.parametrize(
    ("proof", "fault"),
    [
        ("`tests/architecture/test_docs_law.py::test_nothing`", "is not there"),
        ("`tests/nowhere/test_nothing.py::test_nothing`", "is not there"),
        ("`tests/architecture/test_docs_law.py::test_every_line_is_there_and_no_other`", "does not name law A1"),
        ("**open:** `tests/architecture/test_docs_law.py::test_nothing`", "either open or proven"),
        ("**open:** ", "does not say what is missing"),
        ("somehow", "either open or proven"),
    ],
)
def test_a_wrong_row_would_be_noticed(proof, fault):
    (row,) = rows_of(f"| A1a | whatever | {proof} |\n")
    assert any(fault in each for each in faults(row))
