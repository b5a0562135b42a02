"""Rows of a table that nobody looked for are left out of reading, and counted all the same."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.customs_files.asked import Asked
from connectors.customs_files.formats import dialects, tables
from connectors.customs_files.limits import Limits
from connectors.customs_files.passages import Document

_HEADS = ("Name,E-mail,Phone,Buyer", "Name;E-mail;Phone;Buyer", "a,b,c", "1,2,3")
_SCRAPS = ("x", "a", "1", ",", ";", '"', '""', '"a,\nx"', '"x"', ' "a" ', "\n", "\r\n", "\r", "a,a\n", '"a",x\n')
_TEXTS = st.builds(
    lambda head, end, scraps: head + end + "".join(scraps),
    st.sampled_from(_HEADS),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.sampled_from(_SCRAPS), max_size=60),
)


def _read(text: str, *, only_x: bool) -> Document | None:
    asked = Asked(Limits(), keep=lambda run: "x" in run) if only_x else Asked(Limits())
    return tables.read(text.encode(), asked)


@given(_TEXTS)
def test_a_wanted_cell_is_read_as_it_is_when_everything_is(text: str) -> None:
    """Its place, unit, name and role, whatever the rows around it look like."""
    with patch.multiple(dialects, _CHUNK_CHARS=40, _READ_ROWS=3), patch.object(tables, "_RUN_ROWS", 7):
        everything, wanted = _read(text, only_x=False), _read(text, only_x=True)
    if everything is None:
        assert wanted is None
        return
    assert wanted is not None
    whole = {each.pieces[0].start: each for each in everything.passages if each.text}
    assert [each for each in wanted.passages if "x" in each.text] == [
        each for each in everything.passages if "x" in each.text
    ]
    assert all(whole[each.pieces[0].start] == each for each in wanted.passages if each.text)


@given(_TEXTS)
def test_the_size_of_the_runs_changes_nothing(text: str) -> None:
    with patch.multiple(dialects, _CHUNK_CHARS=16, _READ_ROWS=2), patch.object(tables, "_RUN_ROWS", 2):
        fine = _read(text, only_x=False)
    whole = _read(text, only_x=False)
    assert (fine is None) == (whole is None)
    assert fine is None or whole is None or fine.passages == whole.passages


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_few_rows_of_a_long_table_are_read(line_end: str) -> None:
    rows = [f"Anna {n},anna{n}@example.org,+44 20 7946 0{n:03}" for n in range(5_000)]
    text = line_end.join(["Name,E-mail,Phone", *rows])
    document = tables.read(text.encode(), Asked(Limits(), keep=lambda run: "anna777@" in run))
    assert document is not None
    assert "anna777@example.org" in {each.text for each in document.passages}
    assert len(document.passages) < 20
