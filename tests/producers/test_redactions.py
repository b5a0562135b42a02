"""What was masked in an answer is kept sealed with the case, for a person to look over."""

import json
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from habeas.domain.outcomes import Reason
from habeas.domain.records import Masked
from habeas.domain.requests import Right
from habeas.storage.tables import audit
from habeas.testing.notebook import Note, Notebook

ADA = "ada@example.org"


@pytest.fixture
def answered(new_pipeline):
    """Ada has got a copy of two notes; in one somebody else is named."""
    notes = [Note("1", ADA, "Bob Other <bob@example.com> rang"), Note("2", ADA, "pay 4111 1111 1111 1111")]
    pipeline = new_pipeline({"crm": Notebook(notes)})
    request = pipeline.submit(Right.ACCESS, ADA)
    pipeline.run()
    return pipeline, request


def test_the_answer_counts_what_the_log_tells(answered):
    """law C15: others are masked in what is given; the log alone holds what stood there."""
    pipeline, request = answered
    folder = pipeline.settings.path(pipeline.settings.delivery.folder) / f"access-{request}"
    with ZipFile(folder / "answer.zip") as package:
        page = package.read("index.html").decode()
        rows = json.loads(package.read("data/crm/notes.json"))
        everything = b"".join(map(package.read, package.namelist()))
    assert [each["text"] for each in rows] == ["[…] <[…]> rang", "pay […]1111"]
    assert "2 passages about other people are masked" in page
    assert b"bob@example.com" not in everything
    entries = list(pipeline.habeas.redactions.of(pipeline.case(request), actor="dpo"))
    assert [(each.key, each.field, each.what, each.reason, each.text) for each in entries] == [
        ("1", "text", Masked.NAME, Reason.OTHERS_RIGHTS, "Bob Other"),
        ("1", "text", Masked.EMAIL, Reason.OTHERS_RIGHTS, "bob@example.com"),
        ("2", "text", Masked.CARD, Reason.CREDENTIAL, "[…]1111"),
    ]


def test_whoever_looks_leaves_a_trace(answered):
    """The log holds other people's data."""
    pipeline, request = answered
    list(pipeline.habeas.redactions.of(pipeline.case(request), actor="dpo"))
    with pipeline.habeas.database.reading() as connection:
        noted = connection.execute(select(audit).where(audit.c.action == "redactions.shown")).one()
    assert (noted.actor, noted.request_id) == ("dpo", request)


def test_what_is_masked_is_on_no_log(answered):
    """Neither on the event log nor in what the command line prints by itself."""
    pipeline, _ = answered
    for topic in ("dsr.requests", "dsr.completions", "dsr.responses", "dsr.status"):
        assert not any(b"bob@example.com" in (record.value or b"") for record in pipeline.records(topic))
