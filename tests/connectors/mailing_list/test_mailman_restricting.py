"""A real Mailman: nothing is delivered while restricted, and what was chosen is given back."""

from typing import Any

import pytest

from connectors.mailing_list.mailman.ingest import subscribe
from habeas.errors import PermanentError

pytestmark = pytest.mark.timeout(400)  # the first run installs Mailman


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"delivery_status": "by_user"},
        {"delivery_status": "by_bounces", "delivery_mode": "plaintext_digests"},
        {"hide_address": "false", "preferred_language": "en", "receive_own_postings": "false"},
    ],
)
def test_lifting_gives_back_exactly_what_was_chosen(corner: Any, chosen: dict[str, str]) -> None:
    """Also what was not chosen at all, so that it follows the address again; also after two restrictions."""
    news, noor = corner.make_list("news"), corner.email("noor")
    member = corner.join(news, noor)
    corner.api.delete("members", member, "preferences")
    if chosen:
        corner.api.patch("members", member, "preferences", **chosen)
    before, found = corner.preferences(member), corner.found(noor)
    for task in ("task-1", "task-2"):
        corner.applied(corner.found(noor), "restrict", task=task)
    assert corner.preferences(member)["delivery_status"] == "by_moderator"
    assert [each.fields for each in corner.found(noor)] == [each.fields for each in found]
    corner.applied(corner.found(noor), "lift", task="task-3")
    assert corner.preferences(member) == before
    assert corner.found(noor) == found


def test_a_list_joined_while_restricted_delivers_nothing_either(corner: Any) -> None:
    """The address itself holds back; through here it can't join at all."""
    news, noor = corner.make_list("news"), corner.email("noor")
    corner.join(news, noor)
    corner.applied(corner.found(noor), "restrict")
    late = corner.make_list("late")
    with pytest.raises(PermanentError, match="restricted"):
        subscribe(corner.places, late, noor)
    member = corner.join(late, noor)
    effective = corner.api.get("members", member, "all", "preferences")
    assert effective["delivery_status"] == "by_moderator"


def test_what_somebody_chose_meanwhile_is_left(corner: Any) -> None:
    """A lift undoes the restriction and nothing else."""
    news, noor = corner.make_list("news"), corner.email("noor")
    member = corner.join(news, noor)
    corner.applied(corner.found(noor), "restrict")
    corner.api.patch("members", member, "preferences", delivery_status="by_user")
    corner.applied(corner.found(noor), "lift", task="task-2")
    assert corner.preferences(member)["delivery_status"] == "by_user"
    assert not any(each.restricted for each in corner.found(noor))
