"""A real Mailman: whoever leaves by its own link is noticed, and nobody else."""

from typing import Any

import pytest

pytestmark = pytest.mark.timeout(400)  # the first run installs Mailman


def look(corner: Any) -> list[str]:
    with corner.connector.leavers() as addresses:
        return [*addresses]


def test_who_leaves_every_list_is_told_and_who_is_erased_is_not(corner: Any) -> None:
    """Unsubscribing, Mailman keeps the address; law A16. A list that is closed, and another office, are no leaving."""
    news, tips, old = (corner.make_list(name) for name in ("news", "tips", "old"))
    noor, kim, ada = (corner.email(name) for name in ("noor", "kim", "ada"))
    memberships = [corner.join(each, noor) for each in (news, tips)]
    corner.join(news, kim)
    corner.join(old, ada)
    corner.join(news, ada, role="moderator")
    assert look(corner) == []
    corner.api.delete("members", memberships[0])
    assert look(corner) == [], "still on another list"
    corner.api.delete("members", memberships[1])
    corner.applied(corner.found(kim), "erase")
    corner.api.delete("lists", old)
    assert look(corner) == [noor]
    assert look(corner) == []
    assert noor not in corner.journal._path.read_bytes().decode("latin-1")
