"""What separates the cells of a table is told from its first rows, and the short way to count them is the long one."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from connectors.customs_files.formats import dialects

ROWS = 50


@given(st.lists(st.sampled_from(["a", ",", ";", "\r\n", "\n", "\r", " "]), max_size=150).map("".join))
def test_rows_without_quotes_are_counted_as_they_are_read(text):
    read = [
        (len(row), len(row) == 1 and row[0][0] == row[0][1])
        for row, _ in islice(dialects.rows(text, 0, len(text), ","), ROWS)
    ]
    assert list(islice(dialects._shapes(text, ","), ROWS)) == (read if text else [])


@given(ends=st.sampled_from(["\n", "\r\n", "\r"]), delimiter=st.sampled_from(",;\t|"), count=st.integers(3, 80))
def test_the_delimiter_is_told_whatever_ends_the_rows(ends, delimiter, count):
    text = ends.join(delimiter.join(["x", str(number), ""]) for number in range(count))
    assert dialects.delimiter_of(text) == delimiter
