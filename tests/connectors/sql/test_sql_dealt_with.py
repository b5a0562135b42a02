"""What a task remembers of the rows that it has restricted."""

import pytest

from connectors.sql.dealt_with import DealtWith

ONE, OTHER = ("orders", (1, "a"), "restricted"), ("orders", (1, "a"), "lifted")


def test_what_is_noted_first_of_a_row_holds():
    made = DealtWith()
    assert made.changed(ONE) is None
    made.note(ONE, changed=True)
    made.note(ONE, changed=False)
    made.note(OTHER, changed=False)
    made.note(OTHER, changed=True)
    assert (made.changed(ONE), made.changed(OTHER)) == (True, False)


def noting_and_failing(made, *names):
    with made.undone_by_errors():
        for name in names:
            made.note(name, changed=True)
        raise LookupError


def test_what_was_noted_before_an_error_is_forgotten_and_nothing_else():
    """The database has undone it too."""
    made = DealtWith()
    made.note(ONE, changed=False)
    with pytest.raises(LookupError):
        noting_and_failing(made, ONE, OTHER)
    assert (made.changed(ONE), made.changed(OTHER)) == (False, None)
    with made.undone_by_errors():
        made.note(OTHER, changed=True)
    assert made.changed(OTHER) is True
