import threading
from datetime import timedelta
from uuid import uuid4

import pytest

from habeas.domain.subjects import Identifier, IdentifierKind
from habeas.errors import FencedError
from habeas.eventlog.interface import Message
from habeas.storage import inbox, outbox, subjects
from habeas.testing.clocks import HeldClock

CLOCK = HeldClock()


def messages(*values):
    return [Message("dsr.requests", b"key", value, (("ce_id", b"1"), ("odd", b"\x80"))) for value in values]


def test_an_event_is_new_once_for_each_consumer(database):
    first, second = str(uuid4()), str(uuid4())
    with database.transaction() as connection:
        assert inbox.note(connection, "crm", [first, first], now=CLOCK.now()) == {first}
    with database.transaction() as connection:
        assert inbox.note(connection, "crm", [first, second], now=CLOCK.now()) == {second}
        assert inbox.note(connection, "billing", [first], now=CLOCK.now()) == {first}


def test_a_rolled_back_batch_leaves_its_events_new(database):
    event = str(uuid4())

    def interrupted():
        with database.transaction() as connection:
            inbox.note(connection, "crm", [event], now=CLOCK.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    with database.transaction() as connection:
        assert inbox.note(connection, "crm", [event], now=CLOCK.now()) == {event}


def test_the_outbox_gives_what_was_put_in_order_and_byte_by_byte(database):
    put = messages(b"1", None, b"\x00\xff")
    with database.transaction() as connection:
        outbox.add(connection, "intake", put)
        outbox.add(connection, "other", messages(b"other"))
    with database.reading() as connection:
        taken = outbox.take(connection, ["intake"], limit=10)
    assert [each.message for each in taken] == put
    with database.transaction() as connection:
        outbox.drop(connection, taken[:1])
    with database.reading() as connection:
        assert [each.message for each in outbox.take(connection, ["intake"], limit=10)] == put[1:]


def test_one_publisher_a_lane_and_the_one_before_is_fenced(database):
    def lease(owner):
        with database.transaction() as connection:
            return outbox.lease(connection, "intake", owner=owner, now=CLOCK.now(), lease_s=30)

    first = lease("one")
    assert first is not None
    assert lease("two") is None
    CLOCK.advance(31)
    second = lease("two")
    assert second is not None
    with pytest.raises(FencedError), database.transaction() as connection:
        outbox.ensure_owner(connection, "intake", owner="one", epoch=first)
    with database.transaction() as connection:
        outbox.ensure_owner(connection, "intake", owner="two", epoch=second)


def test_a_person_keeps_one_token_however_they_are_recognised(database):
    email, phone = Identifier(IdentifierKind.EMAIL, "a"), Identifier(IdentifierKind.PHONE, "b")

    def token(**macs):
        by = {"email": email, "phone": phone}
        with database.transaction() as connection:
            CLOCK.advance(1)
            return subjects.token_for(connection, {by[name]: mac for name, mac in macs.items()}, now=CLOCK.now())

    ada = token(email=b"1" * 32)
    assert token(email=b"1" * 32, phone=b"2" * 32) == ada
    assert token(phone=b"2" * 32) == ada
    assert token(phone=b"3" * 32) != ada


def test_a_new_person_who_comes_in_twice_at_once_gets_one_token(database):
    tokens: list[str] = []
    start = threading.Barrier(4)

    def submit():
        start.wait()
        with database.transaction() as connection:
            mac = {Identifier(IdentifierKind.EMAIL, "a"): b"9" * 32}
            tokens.append(subjects.token_for(connection, mac, now=CLOCK.now() + timedelta(seconds=1)))

    threads = [threading.Thread(target=submit) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(tokens) == 4
    assert len(set(tokens)) == 1
