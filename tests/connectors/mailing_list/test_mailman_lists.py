"""A real Mailman: what leaving, restricting and suppressing mean there, and the traps on the way."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from connectors.mailing_list import MailingListConnector
from connectors.mailing_list.application import MailingListApplication
from connectors.mailing_list.mailman import MailmanApi, MailmanBackend
from connectors.mailing_list.mailman.ingest import remove_suppressed, subscribe
from habeas.domain.records import Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import PermanentError
from habeas.ports import Effects

pytestmark = pytest.mark.timeout(400)  # the first run installs Mailman


class Crash(Exception):  # noqa: N818 - a crash, not an error of ours
    """Stands for whatever ends a worker."""


class CrashingApi(MailmanApi):
    """Ends the worker once it has made so many changes."""

    changes_left = 0

    def _ask(self, method: str, path: tuple[str, ...], form: Any = None) -> Any:
        if method == "GET" or path[-1] == "find":
            return super()._ask(method, path, form)
        answer = super()._ask(method, path, form)
        self.changes_left -= 1
        if self.changes_left < 0:
            raise Crash
        return answer


class CountingApi(MailmanApi):
    """Counts what it asks."""

    asked = 0

    def _ask(self, method: str, path: tuple[str, ...], form: Any = None) -> Any:
        self.asked += 1
        return super()._ask(method, path, form)


def applied(
    connector: MailingListConnector, plan: list[Record], act: Callable[..., None], *, task: str = "task-1"
) -> Effects:
    with connector.applying(Subject("t1", ()), task) as application:
        if application.earlier is None:
            for record in plan:
                act(application, record)
    return application.effects


def erase(application: MailingListApplication, record: Record) -> None:
    application.erase(record, ())


def restrict(application: MailingListApplication, record: Record) -> None:
    application.restrict(record)


def lift(application: MailingListApplication, record: Record) -> None:
    application.lift(record)


def suppress(application: MailingListApplication, record: Record) -> None:
    application.suppress(record)


def subject(*emails: str) -> Subject:
    return Subject("t1", tuple(identifier(IdentifierKind.EMAIL, email) for email in emails))


def collections(records: list[Record]) -> list[str]:
    return [each.collection for each in records]


def test_an_erased_person_is_in_no_table_of_mailman(corner: Any) -> None:
    """Neither as a member, owner or nonmember, nor as a user, sender or applicant, nor in a ban; and in no journal."""
    noor = corner.email("noor.oz")
    news, staff = corner.make_list("news"), corner.make_list("staff", subscription_policy="moderate")
    corner.join(news, noor, name="Noor Unmistakable")
    corner.join(staff, noor, role="owner")
    corner.join(news, corner.email("else"), name="Someone Else")
    corner.write(news, f"Noor <{noor}>", "Hello")
    corner.write(staff, corner.email("Noor.Oz"), "As a nonmember")
    corner.api.post("members", list_id=staff, subscriber=noor, pre_verified="true", pre_confirmed="true")
    corner.ban(corner.email("Noor.Oz"), news)
    plan = corner.found(noor)
    assert collections(plan) == [*["subscriptions"] * 4, *["held messages"] * 2, "bans", "addresses"]
    applied(corner.connector, plan, erase)
    assert corner.found(noor) == []
    content = corner.dump() + (corner.journal._path.read_bytes().decode("latin-1").casefold())
    assert "noor" not in content
    assert "unmistakable" not in content
    assert "someone else" in content


@pytest.mark.parametrize("policy", ["open", "confirm", "moderate", "confirm_then_moderate"])
def test_nobody_is_written_to(corner: Any, policy: str) -> None:
    """Not the member, not the owners, whatever the list is set to; and nobody has to approve."""
    news = corner.make_list("news", unsubscription_policy=policy)
    corner.join(news, corner.email("owner"), role="owner")
    noor = corner.email("noor")
    corner.join(news, noor, name="Noor")
    before = corner.mails()
    for task, act in (("task-1", restrict), ("task-2", lift), ("task-3", erase)):
        applied(corner.connector, corner.found(noor), act, task=task)
    assert corner.found(noor) == []
    assert corner.mails() == before


def test_who_has_only_left_the_lists_is_still_found_and_erased(corner: Any) -> None:
    """Mailman keeps the address and the user of somebody who unsubscribed."""
    noor = corner.email("noor")
    news = corner.make_list("news")
    corner.join(news, noor, name="Noor")
    corner.api.delete("lists", news, "roster", "member", emails=noor)
    [address] = corner.found(noor)
    assert {each.name: each.value for each in address.fields}["display_name"] == "Noor"
    applied(corner.connector, [address], erase)
    assert corner.api.get("users", noor) is None
    assert noor not in corner.dump()


def test_a_refused_subscription_leaves_an_address_that_is_found_and_erased(corner: Any) -> None:
    """Mailman keeps the address of whom it refuses, without a user."""
    noor = corner.email("noor")
    news = corner.make_list("news")
    corner.ban(noor)
    with pytest.raises(PermanentError):
        corner.api.post("members", list_id=news, subscriber=noor, pre_verified="true")
    plan = corner.found(noor)
    assert collections(plan) == ["bans", "addresses"]
    applied(corner.connector, plan, erase)
    assert noor not in corner.dump()


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
    assert collections(corner.found(noor)) == ["subscriptions", "addresses"]
    assert ban not in [each.key for each in corner.found(noor)]
    applied(corner.connector, corner.found(noor), erase)
    with pytest.raises(PermanentError, match="suppressed"):
        subscribe(corner.places, news, corner.email("NOOR"))
    assert noor not in corner.dump()
    assert corner.mails() == before


def test_who_comes_back_by_another_way_is_removed_again(corner: Any) -> None:
    """An import or a restored backup does not ask the suppression list: it is gone through afterwards."""
    news, noor = corner.make_list("news"), corner.email("noor")
    corner.join(news, noor)
    applied(corner.connector, corner.found(noor), erase)
    corner.join(news, corner.email("Noor"))
    corner.join(news, corner.email("else"))
    assert remove_suppressed(corner.places) == 1
    assert remove_suppressed(corner.places) == 0
    assert corner.found(noor) == []
    assert corner.found(corner.email("else"))


def test_suppressing_alone_keeps_what_is_there(corner: Any) -> None:
    """The person stays findable; the hash is there once for any number of records."""
    news, noor = corner.make_list("news"), corner.email("noor")
    corner.join(news, noor)
    before = corner.found(noor)
    effects = applied(corner.connector, before, suppress)
    assert effects.as_json() == {"subscriptions": {"suppressed": 1}}
    assert corner.found(noor) == before
    assert len(corner.journal.suppressed()) == 1


def test_the_number_of_a_held_message_may_have_gone_to_another(corner: Any) -> None:
    """Mailman gives numbers out anew: somebody else's message is not discarded in the place of one that has gone."""
    news, noor, other = corner.make_list("news"), corner.email("noor"), corner.email("other")
    corner.join(news, noor)
    corner.join(news, other)
    corner.write(news, noor, "Mine")
    plan = corner.found(noor)
    number = next(each.key for each in plan if each.collection == "held messages").split("/")[1]
    corner.api.post("lists", news, "held", number, action="discard")
    assert corner.write(news, other, "Not yours").split("/")[1] == number
    effects = applied(corner.connector, plan, erase)
    assert "held messages" not in effects.as_json()
    assert "held messages" in collections(corner.found(other))


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


def test_a_ban_by_a_pattern_that_spells_the_address_out_is_the_persons(corner: Any) -> None:
    """A pattern that only fits many is not."""
    news, noor = corner.make_list("news"), corner.email("noor")
    corner.ban(corner.email("eleanoor"), news)
    spelt = corner.ban("^" + noor.replace(".", r"\."), news)
    corner.ban("^.*@" + corner.domain, news)
    [ban] = corner.found(noor)
    assert ban.key == spelt
    applied(corner.connector, [ban], erase)
    assert corner.found(noor) == []
    assert len(list(corner.places.bans_of(news))) == 2


def test_a_subscription_by_way_of_the_preferred_address(corner: Any) -> None:
    """The user is subscribed and not the address; erasing one address of two leaves the other in order."""
    news, noor, second = corner.make_list("news"), corner.email("noor"), corner.email("second")
    corner.api.post("users", email=noor, display_name="Noor")
    corner.api.post("users", noor, "addresses", email=second)
    corner.api.post("addresses", noor, "verify")
    corner.api.post("users", noor, "preferred_address", email=noor)
    user = corner.api.get("users", noor)["user_id"]
    corner.api.post("members", list_id=news, subscriber=user, pre_confirmed="true", pre_approved="true")
    plan = corner.found(second)
    assert collections(plan) == ["subscriptions", "addresses", "addresses"]
    [first] = [each for each in plan if each.key == corner.address_key(noor)]
    applied(corner.connector, [first], erase)
    assert collections(corner.found(second)) == ["addresses"]
    assert list(corner.api.entries("lists", news, "roster", "member")) == []
    assert corner.api.get("users", user, "preferred_address") is None
    applied(corner.connector, plan, erase, task="task-2")
    assert corner.api.get("users", user) is None


@pytest.mark.parametrize("name", ["a*r", "no/or", "50%", "no_or", "o'or", "no+or"])
def test_an_address_is_taken_letter_by_letter(corner: Any, name: str) -> None:
    """Nothing in it stands for anything else."""
    news, noor = corner.make_list("news"), corner.email(name)
    corner.join(news, corner.email("abr"))
    corner.join(news, corner.email("noxor"))
    assert corner.found(noor) == []
    corner.join(news, noor, name="Noor")
    plan = corner.found(noor)
    assert collections(plan) == ["subscriptions", "addresses"]
    applied(corner.connector, plan, erase)
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
        applied(corner.connector, corner.found(noor), restrict, task=task)
    assert corner.preferences(member)["delivery_status"] == "by_moderator"
    assert [each.fields for each in corner.found(noor)] == [each.fields for each in found]
    applied(corner.connector, corner.found(noor), lift, task="task-3")
    assert corner.preferences(member) == before
    assert corner.found(noor) == found


def test_a_list_joined_while_restricted_delivers_nothing_either(corner: Any) -> None:
    """The address itself holds back; through here it can't join at all."""
    news, noor = corner.make_list("news"), corner.email("noor")
    corner.join(news, noor)
    applied(corner.connector, corner.found(noor), restrict)
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
    applied(corner.connector, corner.found(noor), restrict)
    corner.api.patch("members", member, "preferences", delivery_status="by_user")
    applied(corner.connector, corner.found(noor), lift, task="task-2")
    assert corner.preferences(member)["delivery_status"] == "by_user"
    assert not any(each.restricted for each in corner.found(noor))


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


@pytest.mark.parametrize("act", [erase, restrict, lift])
def test_a_task_that_ends_anywhere_is_taken_up_and_tells_all_it_did(corner: Any, act: Callable[..., None]) -> None:
    """After each change in turn: the second run finishes, and the effects are those of one run."""
    lists = [corner.make_list(name) for name in ("news", "tariff")]
    server = corner.server
    wanted: Effects | None = None
    for changes in range(12):
        noor = corner.email(f"noor{changes}")
        members = [corner.join(each, noor, name="Noor") for each in lists]
        corner.ban(noor)
        chosen = [corner.preferences(each) for each in members]
        if act is lift:
            applied(corner.connector, corner.found(noor), restrict, task=f"before-{changes}")
        plan = corner.found(noor)
        api = CrashingApi(server.url, user=server.user, password=server.password)
        api.changes_left = changes
        try:
            effects = applied(
                MailingListConnector(MailmanBackend(api, corner.journal)), plan, act, task=f"task-{changes}"
            )
        except Crash:
            crashed = True
            effects = applied(corner.connector, plan, act, task=f"task-{changes}")
        else:
            crashed = False
        wanted = effects if wanted is None else wanted
        assert effects == wanted
        after = corner.found(noor)
        assert (after == []) == (act is erase)
        assert all(each.restricted is (act is restrict) for each in after)
        if act is lift:
            assert [corner.preferences(each) for each in members] == chosen
        if not crashed:
            return
    pytest.fail("more changes than expected")


def test_the_journal_is_read_by_its_owner_only_and_recognises_nobody_elsewhere(corner: Any, tmp_path: Path) -> None:
    """Its key is its own; an address is never in it."""
    noor = corner.email("noor")
    assert corner.journal.digest(noor) == corner.journal.digest(noor.upper())
    other = type(corner.journal)(tmp_path / "elsewhere.db")
    assert other.digest(noor) != corner.journal.digest(noor)
    assert (tmp_path / "elsewhere.db").stat().st_mode & 0o077 == 0


def test_someone_on_500_lists_takes_some_thousand_requests(corner: Any) -> None:
    """Every membership, each list searched for held messages, bans and applications; each left with two requests."""
    noor = corner.email("noor")
    lists = [corner.list_id(f"list{number}") for number in range(500)]
    for each in lists:
        corner.api.post("lists", fqdn_listname=each.replace(".", "@", 1))
    join_all(corner.server.database, like=corner.join(lists[0], noor), lists=lists[1:])
    api = CountingApi(corner.server.url, user=corner.server.user, password=corner.server.password)
    connector = MailingListConnector(MailmanBackend(api, corner.journal))
    plan = [each.what for each in connector.find([subject(noor)]) if isinstance(each.what, Record)]
    assert collections(plan) == [*["subscriptions"] * 500, "addresses"]
    assert api.asked < 500 * 5 + 100
    api.asked = 0
    effects = applied(connector, plan, erase)
    assert effects.as_json()["subscriptions"] == {"erased": 500}
    assert api.asked < 500 * 2 + 100
    assert noor not in corner.dump()


def join_all(database: Path, *, like: str, lists: list[str]) -> None:
    """Copy a membership to other lists, since Mailman takes a minute for so many."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.row_factory = sqlite3.Row
        [member] = connection.execute("SELECT * FROM member WHERE replace(_member_id, '-', '') = ?", (like,))
        for each in lists:
            own = connection.execute("INSERT INTO preferences (delivery_mode) VALUES (NULL)").lastrowid
            copy = dict(member) | {"id": None, "_member_id": uuid4().hex, "list_id": each, "preferences_id": own}
            names, marks = ", ".join(copy), ", ".join("?" * len(copy))
            connection.execute(f"INSERT INTO member ({names}) VALUES ({marks})", list(copy.values()))
