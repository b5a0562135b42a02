"""What a reader of a format is told beside the content."""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.customs_files.limits import Limits


def every(text: str) -> bool:
    """Nothing is left out."""
    del text
    return True


@dataclass(frozen=True, slots=True)
class Asked:
    """How a content is to be read.

    `charset` is what its surroundings say of its encoding. `keep` is asked for each run of rows of a table, with their
    text, whether they are wanted at all: a table may have more cells than memory holds.
    """

    limits: Limits
    charset: str | None = None
    keep: Callable[[str], bool] = every
