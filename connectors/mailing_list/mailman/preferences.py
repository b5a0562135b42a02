"""Preferences as Mailman keeps them.

What a membership does not set itself is as its address has it, else as the user has it, else as the server has it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

NOTED = (
    "acknowledge_posts", "delivery_mode", "delivery_status", "hide_address", "preferred_language",
    "receive_list_copy", "receive_own_postings",
)  # fmt: skip
DELIVERY = "delivery_status"
ENABLED = "enabled"
HELD_BACK = "by_moderator"
"""What a restriction sets: only the list's staff may switch delivery on again."""

Preferences = Mapping[str, Any]


def noted(answer: Mapping[str, Any] | None) -> dict[str, Any]:
    """The preferences in an answer, without what Mailman adds."""
    return {name: value for name, value in (answer or {}).items() if name in NOTED}


def as_chosen(own: Preferences, before: str | None) -> dict[str, Any]:
    """The preferences of a restricted record, as they were before."""
    chosen = {name: value for name, value in own.items() if name != DELIVERY}
    return chosen if before is None else chosen | {DELIVERY: before}


def applying(levels: Sequence[Preferences], name: str, default: str) -> str:
    """What applies, the nearest level first."""
    return next((str(level[name]) for level in levels if name in level), default)


def as_text(**levels: Preferences) -> str | None:
    """All that is set, level by level, for a person to read; None if nothing is."""
    told = [
        f"{name}: {_plain(value)} ({level})" for level, held in levels.items() for name, value in sorted(held.items())
    ]
    return ", ".join(told) or None


def as_form(preferences: Preferences) -> dict[str, str]:
    """The preferences as Mailman takes them."""
    return {name: _plain(value) for name, value in preferences.items()}


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
