"""What is held for clients is forwarded to them with the answer, and tells no more than needed."""

import re

import pytest

from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.reviews import Verdict
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.testing.notebook import Note, Notebook
from producers.intake import Submission
from producers.reviewing import Choice
from schemas.events import ResponseAssembled, ResponseDelivered
from schemas.letters import LetterAssembled, LetterDelivered

ADA = "ada@example.org"
WHO = (
    identifier(IdentifierKind.EMAIL, ADA),
    identifier(IdentifierKind.PHONE, "+44 161 496 0123"),
    identifier(IdentifierKind.NAME, "Ada Sample"),
)


@pytest.fixture
def forwarded(state_url, new_pipeline):
    """An erasure of somebody about whom data is held for two clients."""
    notes = [
        Note("1", ADA),
        Note("2", ADA, client="Client Ltd"),
        Note("3", ADA, client="Client Ltd"),
        Note("4", ADA, client="Other Ltd"),
        Note("5", ADA, weak=True),
    ]
    pipeline = new_pipeline({"crm": Notebook(notes)}, state_url=state_url)
    submission = Submission(Right.ERASURE, WHO, IdentityCheck.LOGIN)
    (receipt,) = pipeline.habeas.intake.submit([submission], actor="tester")
    pipeline.run()
    return pipeline, receipt.request_id


def letters(pipeline):
    return [path.read_text() for path in sorted(pipeline.settings.root.glob("answers/*/client-*/letter.html"))]


def test_each_client_is_told_of_its_own_and_of_nothing_else(forwarded):
    """law C28: forwarded to the client; by the identifier that stands in its records, where and how much."""
    pipeline, _ = forwarded
    first, second = letters(pipeline)
    assert "Client Ltd" in first
    assert "Other Ltd" not in first
    assert "Other Ltd" in second
    assert "Ada Sample" in first
    assert ADA in first
    assert "1614960123" not in re.sub(r"\D", "", first), "the client's records do not have the phone number"
    rows = [" ".join(re.sub("<[^>]+>", " ", each).split()) for each in (first, second)]
    assert "Notes Crm 2" in rows[0]
    assert "Notes Crm 1" in rows[1]


def test_the_clients_letters_leave_before_the_answer_that_speaks_of_them(forwarded):
    pipeline, request_id = forwarded
    told = [
        record for record in pipeline.records("dsr.responses") if record.value and request_id.encode() in record.value
    ]
    kinds = [dict(record.headers)["ce_type"].decode().split(".")[1:3] for record in told]
    assert kinds.index(["response", "delivered"]) > max(i for i, kind in enumerate(kinds) if kind[0] == "letter")
    (answer,) = pipeline.events(ResponseDelivered)
    assert all(each.at <= answer.at for each in pipeline.events(LetterDelivered))


def test_no_client_is_named_on_the_log(forwarded):
    pipeline, _ = forwarded
    for topic in ("dsr.requests", "dsr.completions", "dsr.responses", "dsr.status"):
        assert not any(b"Ltd" in (record.value or b"") for record in pipeline.records(topic))


def test_a_further_answer_forwards_nothing_twice(forwarded):
    """What the client was told of in the first place it is not told of again."""
    pipeline, request_id = forwarded
    decide = pipeline.habeas.reviewing.decide
    decide(request_id, Choice(labels=["crm:4"]), Verdict.SAME_PERSON, reason="her", actor="dpo")
    decide(request_id, Choice(client="Other Ltd"), Verdict.DECLINE, reason="a mail", actor="dpo")
    pipeline.run()
    assert len(pipeline.events(ResponseAssembled)) == 2
    assert [(each.kind, each.number) for each in pipeline.events(LetterAssembled)] == [("client", 1), ("client", 2)]


def test_nothing_is_forwarded_where_nothing_is_held_for_others(new_pipeline):
    pipeline = new_pipeline({"crm": Notebook([Note("1", ADA)])})
    pipeline.submit(Right.ERASURE, ADA)
    pipeline.run()
    assert pipeline.events(LetterAssembled) == []
