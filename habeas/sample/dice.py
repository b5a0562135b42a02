"""Chance that falls the same way again: each part of a sample has its own, and changes alone."""

from random import Random


def dice(seed: int, purpose: str) -> Random:
    """The dice of one purpose."""
    return Random(f"{seed}/{purpose}")  # noqa: S311 - nothing here is secret, and it must be repeatable
