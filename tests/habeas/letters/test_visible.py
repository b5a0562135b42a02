"""Foreign text can't hide anything, run anything, or leave its folder."""

# ruff: noqa: RUF001 - the scripts of the names are what is tested

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.letters.visible import file_name, known_letters, spreadsheet_cell, visible


@given(st.text())
def test_no_control_or_format_character_is_left_but_line_feed_tab_and_joiners(text: str) -> None:
    """Whatever a browser would obey without showing it becomes a code."""
    left = {char for char in visible(text) if unicodedata.category(char) in ("Cc", "Cf")}
    allowed = {"\n", "\t", "\u200c", "\u200d"}
    # Arabic and other scripts have format characters that are drawn, as the sign before a number.
    drawn = {char for char in left if 0x0600 <= ord(char) <= 0x08FF or ord(char) > 0xFFFF}
    assert left <= allowed | drawn


@given(st.text(st.characters(categories=["L", "N", "P"]), max_size=50))
def test_letters_digits_and_punctuation_stay(text: str) -> None:
    """In every script, but for fillers that are drawn as nothing."""
    if not set(text) & set("\u115f\u1160\u3164\uffa0"):
        assert visible(text) == text


@pytest.mark.parametrize("text", ["می\u200cخواهم", "\U0001f469\u200d\U0001f52c"])
def test_joiners_stay_where_a_script_needs_them(text: str) -> None:
    """Persian words and emoji are not torn apart; between Latin letters a joiner only hides."""
    assert visible(text) == text
    assert visible("pay\u200dpal") == "pay<U+200D>pal"


@given(st.text())
def test_no_cell_begins_like_a_formula(text: str) -> None:
    """And the text is still there behind the apostrophe."""
    cell = spreadsheet_cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell in (text, f"'{text}")


@given(st.text())
def test_a_file_name_is_one_plain_part_of_a_path(text: str) -> None:
    """Of characters that every file system takes, neither empty nor a step upwards."""
    name = file_name(text)
    assert name
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert not name.startswith((".", "-"))


@pytest.mark.parametrize("text", ["Zoë Åström", "İpek Çağlı", "O’Neill – “x”", "Nguyễn"])
def test_names_of_the_languages_that_we_write_are_left_alone(text: str) -> None:
    """Also where a letter has to do without rarer scripts."""
    assert known_letters(text) == text
