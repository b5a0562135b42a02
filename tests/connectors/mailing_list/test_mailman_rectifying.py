"""A real Mailman: a wrong address or name is put right (law C16), with all that hangs on it."""

from typing import Any

import pytest

from habeas.errors import PermanentError

pytestmark = pytest.mark.timeout(400)  # the first run installs Mailman


def test_a_wrong_address_gives_way_to_the_right_one(corner: Any) -> None:
    """On every list in every role, with what was chosen for each; nobody is written to, and nothing of it is left."""
    wrong, right = corner.email("nor"), corner.email("Noor")
    news, tariff, staff = corner.make_list("news"), corner.make_list("tariff"), corner.make_list("staff")
    digests = corner.join(news, wrong, name="Noor", delivery_mode="plaintext_digests")
    silent = corner.join(tariff, wrong, delivery_status="by_user")
    owner = corner.join(staff, wrong, role="owner")
    corner.api.patch("addresses", wrong, "preferences", hide_address="false")
    chosen, before = [corner.preferences(each) for each in (digests, silent, owner)], corner.mails()
    plan = corner.found(wrong)
    assert corner.rectified(plan, {"email": right}).as_json() == {"addresses": {"rectified": 1}}
    assert corner.found(wrong) == []
    assert wrong not in corner.dump()
    after = corner.found(right)
    assert {each.key for each in after if each.collection == "subscriptions"} == {digests, silent, owner}
    assert [corner.preferences(each) for each in (digests, silent, owner)] == chosen
    values = {each.name: each.value for each in after[-1].fields}
    assert values["email"] == right
    assert values["display_name"] == "Noor"
    assert "hide_address: false (address)" in str(values["preferences"])
    assert corner.mails() == before
    assert corner.journal.suppressed() == frozenset()


def test_an_address_without_a_user_is_put_right_too(corner: Any) -> None:
    """As that of a nonmember whose message was held."""
    news, wrong, right = corner.make_list("news"), corner.email("nor"), corner.email("noor")
    corner.write(news, wrong, "Hello")
    corner.rectified(corner.found(wrong), {"email": right})
    assert corner.collections(corner.found(right)) == ["subscriptions", "addresses"]
    assert corner.api.get("addresses", wrong) is None


def test_a_restriction_and_a_suppression_go_with_the_address(corner: Any) -> None:
    """Whoever contests an address restricts it first (Article 18(1)(a)); an objection is the person's, not the address's."""
    news, wrong, right = corner.make_list("news"), corner.email("nor"), corner.email("noor")
    member = corner.join(news, wrong)
    chosen = corner.preferences(member)
    corner.applied(corner.found(wrong), "restrict", task="task-0")
    corner.applied(corner.found(wrong), "suppress", task="task-1")
    corner.rectified(corner.found(wrong), {"email": right}, task="task-2")
    restricted = corner.found(right)
    assert [each.restricted for each in restricted] == [True, True]
    assert {corner.journal.digest(each) for each in (wrong, right)} == corner.journal.suppressed()
    corner.applied(restricted, "lift", task="task-3")
    assert corner.preferences(member) == chosen
    assert not any(each.restricted for each in corner.found(right))


def test_an_address_that_is_there_already_takes_the_lists_over(corner: Any) -> None:
    """The same user's: where both are on a list, what was chosen for the right one stays."""
    news, tariff = corner.make_list("news"), corner.make_list("tariff")
    wrong, right = corner.email("nor"), corner.email("noor")
    corner.join(news, wrong)
    corner.api.post("users", wrong, "addresses", email=right)
    stays = corner.join(news, right, delivery_status="by_user")
    moves = corner.join(tariff, wrong)
    plan = [each for each in corner.found(wrong) if each.key == corner.address_key(wrong)]
    corner.rectified(plan, {"email": right})
    assert {each.key for each in corner.found(right) if each.collection == "subscriptions"} == {stays, moves}
    assert corner.preferences(stays)["delivery_status"] == "by_user"


def test_a_subscription_by_way_of_the_preferred_address_follows_it(corner: Any) -> None:
    """The user is subscribed and not the address."""
    news, wrong, right = corner.make_list("news"), corner.email("nor"), corner.email("noor")
    corner.api.post("users", email=wrong, display_name="Noor")
    corner.api.post("addresses", wrong, "verify")
    corner.api.post("users", wrong, "preferred_address", email=wrong)
    user = corner.api.get("users", wrong)["user_id"]
    corner.api.post("members", list_id=news, subscriber=user, pre_confirmed="true", pre_approved="true")
    corner.rectified(corner.found(wrong), {"email": right})
    assert corner.collections(corner.found(right)) == ["subscriptions", "addresses"]
    assert corner.api.get("users", user, "preferred_address")["email"] == right


def test_somebody_elses_address_and_a_suppressed_one_are_not_taken(corner: Any) -> None:
    """Nothing is changed, and a person has to look."""
    news = corner.make_list("news")
    wrong, other, unwanted = corner.email("nor"), corner.email("noor"), corner.email("gone")
    corner.join(news, wrong)
    corner.join(news, other)
    corner.join(news, unwanted)
    corner.applied(corner.found(unwanted), "erase", task="task-0")
    before = corner.found(wrong)
    for number, taken in enumerate((other, unwanted)):
        with pytest.raises(PermanentError) as raised:
            corner.rectified(before, {"email": taken}, task=f"task-{number + 1}")
        assert taken not in str(raised.value)
    assert corner.found(wrong) == before


def test_a_wrong_name_is_put_right_wherever_it_stands(corner: Any) -> None:
    """At the address and at the user; another name of the same user is another matter."""
    news, noor = corner.make_list("news"), corner.email("noor")
    corner.join(news, noor, name="Nor")
    corner.rectified(corner.found(noor), {"display_name": "Noor"})
    assert corner.api.get("users", noor)["display_name"] == "Noor"
    assert corner.api.get("addresses", noor)["display_name"] == "Noor"
    corner.api.patch("users", noor, display_name="N. Example")
    corner.rectified(corner.found(noor), {"display_name": "Noor E."}, task="task-2")
    assert corner.api.get("users", noor)["display_name"] == "N. Example"
