"""Whoever follows the link in a message is off every list, by one request that is carried out like any other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from habeas.domain.cases import CaseState
from habeas.domain.requests import RefusalGround, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.words import Words
from habeas.errors import UserError
from habeas.storage.tables import cases
from habeas.testing.notebook import Note, Notebook
from producers.intake import AlreadyTakenError, Submission
from schemas.events import RequestAccepted, RequestReceived

ADA, BO, PHONE = "ada@example.org", "bo@example.org", "+441614960123"
CONSENT = frozenset({"newsletter"})


@pytest.fixture
def pipeline(state_url, new_pipeline):
    opt_out = {"url": "https://privacy.example.org/opt-out", "port": 0}
    return new_pipeline({"crm": Notebook([Note("1", ADA)])}, state_url=state_url, opt_out=opt_out)


def click(pipeline, link):
    opting_out = pipeline.habeas.opting_out
    return opting_out.carry_out(opting_out.read(link.rpartition("/")[2]))


def requests(pipeline):
    with pipeline.habeas.database.reading() as connection:
        return connection.execute(select(cases)).all()


def is_listed(pipeline, address):
    return address in pipeline.habeas.suppression_list.check([address])


def test_whoever_follows_the_link_is_on_the_list_at_once_and_is_answered(pipeline):
    """law A16: opting out by a link puts the address on the list of all systems; law C21, C-suppression."""
    request_id = click(pipeline, pipeline.habeas.opting_out.link(f" {ADA.upper()} "))
    assert is_listed(pipeline, ADA)
    assert not is_listed(pipeline, BO)
    pipeline.run()
    case = pipeline.case(request_id)
    assert (case.right, case.channel, case.state) == (Right.OBJECTION, "link", CaseState.DELIVERED)
    [received], [accepted] = pipeline.events(RequestReceived), pipeline.events(RequestAccepted)
    assert (received.channel, accepted.identity_check, accepted.systems) == ("link", "link", ("crm",))
    assert all(ADA.encode() not in record.value for record in pipeline.records("dsr.requests"))


def test_consent_is_withdrawn_for_what_the_link_names_in_its_language(pipeline):
    """law C7: withdrawing is as easy as giving, by one click without a login or a letter."""
    link = pipeline.habeas.opting_out.link(ADA, purposes=CONSENT, language="sv")
    request_id = click(pipeline, link)
    pipeline.run()
    case = pipeline.case(request_id)
    assert (case.right, case.language, case.state) == (Right.WITHDRAWAL, "sv", CaseState.DELIVERED)
    assert is_listed(pipeline, ADA)


def test_a_phone_number_has_links_too(pipeline):
    click(pipeline, pipeline.habeas.opting_out.link("0161 496 0123"))
    assert is_listed(pipeline, PHONE)


def test_however_often_and_by_whichever_message_it_is_one_request(pipeline):
    """Replayed while it is carried out, and once it is answered."""
    links = [pipeline.habeas.opting_out.link(ADA) for _ in range(2)]
    ids = {click(pipeline, each) for each in links * 2}
    pipeline.run()
    ids |= {click(pipeline, links[0])}
    assert len(ids) == len(requests(pipeline)) == 1
    assert click(pipeline, pipeline.habeas.opting_out.link(ADA, purposes=CONSENT)) not in ids, "another wish"


def test_whoever_is_written_to_later_all_the_same_is_heard_again(pipeline):
    """A link says stop for good: a click after a day is no repetition, nor one after subscribing again."""
    link = pipeline.habeas.opting_out.link(ADA)
    first = click(pipeline, link)
    pipeline.run()
    pipeline.clock.advance(timedelta(days=1).total_seconds())
    second = click(pipeline, link)
    assert second != first
    pipeline.run()
    pipeline.habeas.suppression_list.remove([ADA], actor="tester", why="subscribed again")
    third = click(pipeline, link)
    assert third not in {first, second}
    assert is_listed(pipeline, ADA)


def test_a_click_while_the_first_still_waits_is_the_same_however_late(pipeline):
    link = pipeline.habeas.opting_out.link(ADA)
    first = click(pipeline, link)
    pipeline.clock.advance(timedelta(days=3).total_seconds())
    assert click(pipeline, link) == first


def test_a_click_after_a_refusal_is_a_request_of_its_own(pipeline):
    link = pipeline.habeas.opting_out.link(ADA)
    first = click(pipeline, link)
    pipeline.habeas.correspondence.refuse(first, RefusalGround.UNFOUNDED, Words("by mistake"), actor="dpo")
    assert click(pipeline, link) != first


def test_two_clicks_at_the_same_moment_are_one_request(pipeline):
    """The second one is noticed under the lock that orders a person's requests."""
    who = (identifier(IdentifierKind.EMAIL, ADA),)
    id_ = "3f0f8f5e-8a55-4c39-9b1e-0a6b2f6d7c01"
    submission = Submission(Right.OBJECTION, who, None, channel="link", request_id=id_)
    pipeline.habeas.intake.submit([submission], actor="link")
    with pytest.raises(AlreadyTakenError):
        pipeline.habeas.intake.submit([submission], actor="link")
    assert len(requests(pipeline)) == 1


def test_clicks_that_race_are_one_request(pipeline):
    """A mail program that posts twice, and the person who clicks beside it."""
    link = pipeline.habeas.opting_out.link(ADA)
    with ThreadPoolExecutor(4) as together:
        ids = set(together.map(lambda _: click(pipeline, link), range(8)))
    assert len(ids) == len(requests(pipeline)) == 1
    pipeline.run()
    assert len(pipeline.events(RequestReceived)) == 1


def test_what_is_no_address_gets_no_link(pipeline):
    """Nothing that could break a header or a line of the mail it goes into."""
    for text in ("nobody", "", "ada@example.org\r\nBcc: bo@example.org", "ada@example.org,bo@example.org"):
        with pytest.raises(UserError, match="e-mail address or a phone number"):
            pipeline.habeas.opting_out.link(text)


def test_a_link_for_a_purpose_that_is_gone_ends_nothing_by_mistake(pipeline):
    opting_out = pipeline.habeas.opting_out
    gone = opting_out.link(ADA, purposes=frozenset({"newsletter", "closed-long-ago"}))
    assert opting_out.read(gone.rpartition("/")[2]) is None
