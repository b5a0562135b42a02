"""A real Mailman: nobody who is suppressed comes back, by whatever way."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connectors.mailing_list.mailman.ingest import subscribe
from habeas.domain.requests import Right
from habeas.errors import PermanentError
from habeas.storage.tables import audit

pytestmark = pytest.mark.timeout(400)  # the first run installs Mailman


def test_subscribing_through_here_leaves_no_such_address(corner: Any) -> None:
    """Neither where Mailman refuses, nor where the suppression list does; and welcomes nobody."""
    news, noor = corner.make_list("news", admin_notify_mchanges="false"), corner.email("noor")
    ban = corner.ban(noor, news)
    with pytest.raises(PermanentError):
        subscribe(corner.places, news, noor)
    corner.api.delete("lists", news, "bans", noor)
    assert noor not in corner.dump()
    before = corner.mails()
    subscribe(corner.places, news, noor, display_name="Noor")
    assert corner.collections(corner.found(noor)) == ["subscriptions", "addresses"]
    assert ban not in [each.key for each in corner.found(noor)]
    corner.applied(corner.found(noor), "erase")
    with pytest.raises(PermanentError, match="suppressed"):
        subscribe(corner.places, news, corner.email("NOOR"))
    assert noor not in corner.dump()
    assert corner.mails() == before


def test_who_comes_back_by_another_way_is_removed_again(corner: Any) -> None:
    """An import or a restored backup does not ask the suppression list: whoever is on it is taken out, silently."""
    news, noor = corner.make_list("news"), corner.email("noor")
    corner.join(news, noor)
    corner.applied(corner.found(noor), "erase")
    corner.join(news, corner.email("Noor"))
    corner.join(news, noor, role="moderator")
    corner.join(news, corner.email("else"))
    before = corner.mails()
    assert corner.connector.keep_away().as_json() == {"subscriptions": {"erased": 2}, "addresses": {"erased": 1}}
    assert corner.connector.keep_away().as_json() == {}
    assert corner.found(noor) == []
    assert corner.found(corner.email("else"))
    assert corner.mails() == before


def test_the_address_that_a_refused_subscription_leaves_is_removed_too(corner: Any) -> None:
    """Mailman makes it anew, without a user, whenever somebody banned is put into a list."""
    news, noor = corner.make_list("news"), corner.email("noor")
    corner.join(news, noor)
    corner.applied(corner.found(noor), "erase")
    corner.ban(noor, news)
    with pytest.raises(PermanentError):
        corner.api.post("members", list_id=news, subscriber=noor, pre_verified="true")
    assert corner.collections(corner.found(noor)) == ["bans", "addresses"]
    assert corner.connector.keep_away().as_json() == {"addresses": {"erased": 1}}
    assert corner.api.get("addresses", noor) is None


def test_who_must_only_not_be_written_to_stays_and_leaves_the_lists(corner: Any) -> None:
    """An objection to marketing takes nobody's office as a list's owner, nor their address."""
    news, noor = corner.make_list("news"), corner.email("noor")
    corner.join(news, noor, role="owner")
    corner.applied([each for each in corner.found(noor) if each.collection == "addresses"], "suppress")
    corner.join(news, noor)
    assert corner.connector.keep_away().as_json() == {"subscriptions": {"erased": 1}}
    assert corner.collections(corner.found(noor)) == ["subscriptions", "addresses"]
    assert corner.connector.keep_away().as_json() == {}


def test_who_wants_to_be_back_is_let_back(corner: Any) -> None:
    """Once the operator has taken the address off the list, in any spelling."""
    news, noor = corner.make_list("news"), corner.email("noor")
    corner.join(news, noor)
    corner.applied(corner.found(noor), "erase")
    assert corner.connector.let_back([corner.email("NOOR"), "+44 161 496 0123", "nobody"]) == 1
    subscribe(corner.places, news, noor)
    assert corner.connector.keep_away().as_json() == {}
    assert corner.found(noor)


def test_it_happens_by_itself(corner: Any, new_pipeline: Any) -> None:
    """No command, no request: the connector's role looks now and then, and the audit trail says what it did."""
    news, noor = corner.make_list("news"), corner.email("noor")
    corner.join(news, noor)
    pipeline = new_pipeline({"lists": corner.connector})
    pipeline.submit(Right.ERASURE, noor)
    pipeline.run()
    corner.join(news, noor)
    pipeline.run()
    assert corner.found(noor) == []
    with pipeline.habeas.database.reading() as connection:
        trail = connection.execute(select(audit.c.details).where(audit.c.action == "suppression.kept_away")).all()
    told = {"subscriptions": {"erased": 1}, "addresses": {"erased": 1}}
    assert [row.details for row in trail] == [{"system": "lists", "effects": told}]


def test_suppressing_alone_keeps_what_is_there(corner: Any) -> None:
    """The person stays findable; the hash is there once for any number of records."""
    news, noor = corner.make_list("news"), corner.email("noor")
    corner.join(news, noor)
    before = corner.found(noor)
    effects = corner.applied(before, "suppress")
    assert effects.as_json() == {"subscriptions": {"suppressed": 1}}
    assert corner.found(noor) == before
    assert len(corner.journal.suppressed()) == 1


def test_the_journal_is_read_by_its_owner_only_and_recognises_nobody_elsewhere(corner: Any, tmp_path: Path) -> None:
    """Its key is its own; an address is never in it."""
    noor = corner.email("noor")
    assert corner.journal.digest(noor) == corner.journal.digest(noor.upper())
    other = type(corner.journal)(tmp_path / "elsewhere.db")
    assert other.digest(noor) != corner.journal.digest(noor)
    assert (tmp_path / "elsewhere.db").stat().st_mode & 0o077 == 0
