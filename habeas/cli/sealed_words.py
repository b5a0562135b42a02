"""Words that an operator gives to a command and that are sealed: on the command line, or from standard input."""

import sys

from habeas.domain.words import CHARACTERS_MAX, Words

SEALED = "Sealed, never logged; - reads it from standard input."


def words_of(text: str) -> Words:
    """The text, or standard input for `-`: one character more than may be, so that it is seen to be too long."""
    return Words(sys.stdin.read(CHARACTERS_MAX + 1) if text == "-" else text)
