"""A real Mailman: who is found there, and what is told of them."""

from typing import Any

import pytest

from habeas.domain.records import Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import PermanentError

pytestmark = pytest.mark.timeout(400)  # the first run installs Mailman


def test_a_held_message_is_disclosed_whole(corner: Any) -> None:
    """With its headers, its subject and when it was held."""
    news, noor = corner.make_list("news"), corner.email("noor")
    corner.join(news, noor)
    corner.write(news, f"Noor <{noor}>", "What is the code for tea?")
    [message] = [each for each in corner.found(noor) if each.collection == "held messages"]
    values = {each.name: each.value for each in message.fields}
    assert values["sender"] == noor
    assert values["subject"] == "Codes"
    assert "What is the code for tea?" in str(values["text"])
    assert values["list"] == news


@pytest.mark.parametrize("name", ["a*r", "no/or", "50%", "no_or", "o'or", "no+or"])
def test_an_address_is_taken_letter_by_letter(corner: Any, name: str) -> None:
    """Nothing in it stands for anything else."""
    news, noor = corner.make_list("news"), corner.email(name)
    corner.join(news, corner.email("abr"))
    corner.join(news, corner.email("noxor"))
    assert corner.found(noor) == []
    corner.join(news, noor, name="Noor")
    plan = corner.found(noor)
    assert corner.collections(plan) == ["subscriptions", "addresses"]
    corner.applied(plan, "erase")
    assert corner.found(noor) == []
    assert len(list(corner.api.entries("lists", news, "roster", "member"))) == 2


def test_a_name_alone_is_a_weak_match_of_the_address_only(corner: Any) -> None:
    """However it is written, also with several spaces; no one whose name only contains it."""
    news = corner.make_list("news")
    corner.join(news, corner.email("one"), name="Åsa  Öz")
    corner.join(news, corner.email("two"), name="Åsa Özdemir")
    by_name = Subject("t3", (identifier(IdentifierKind.NAME, "ÅSA ÖZ"),))
    [found] = list(corner.connector.find([by_name]))
    assert isinstance(found.what, Record)
    assert (found.what.collection, found.what.key) == ("addresses", corner.address_key(corner.email("one")))


def test_preferences_are_disclosed_and_can_be_erased_alone(corner: Any) -> None:
    """Those of the address and of the user; the date of registration stays with the address."""
    noor = corner.email("noor")
    corner.api.post("users", email=noor, display_name="Noor")
    corner.api.patch("addresses", noor, "preferences", hide_address="false")
    corner.api.patch("users", noor, "preferences", preferred_language="en")
    [address] = corner.found(noor)
    values = {each.name: each.value for each in address.fields}
    assert values["preferences"] == "hide_address: false (address), preferred_language: en (user)"
    with corner.connector.applying(Subject("t1", ()), "task-1") as application:
        application.erase(address, ("preferences",))
    [after] = corner.found(noor)
    assert {each.name: each.value for each in after.fields} == values | {"preferences": None}
    with pytest.raises(PermanentError), corner.connector.applying(Subject("t1", ()), "task-2") as application:
        application.erase(address, ("registered_on",))
