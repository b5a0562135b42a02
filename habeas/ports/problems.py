"""What is wrong with a set-up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a set-up, and what to do about it."""

    what: str
    remedy: str
