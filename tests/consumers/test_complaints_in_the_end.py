"""What is held of a complaint goes in time, and comes back from the log after a loss as far as the log knows it."""

import pytest
from sqlalchemy import select

from consumers.aggregator.rebuilding import Rebuilding
from habeas.domain.cases import CaseState
from habeas.domain.complaints import Outcome
from habeas.domain.requests import RefusalGround, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.words import Words
from habeas.errors import UserError
from habeas.roles import groups
from habeas.storage import artefacts, audit, complaints
from habeas.storage.database import Database
from habeas.storage.migrate import migrate
from habeas.storage.tables import tasks
from habeas.testing.canaries import CANARIES, searched
from habeas.testing.notebook import Note, Notebook
from habeas.vault.fingerprints import Fingerprints
from producers.complaints import Grievance
from producers.intake import Submission

NAME, EMAIL = CANARIES[0], CANARIES[2]
WHO = (identifier(IdentifierKind.EMAIL, EMAIL), identifier(IdentifierKind.NAME, NAME))
DAY_S = 86_400


@pytest.fixture
def pipeline(new_pipeline):
    return new_pipeline({"crm": Notebook([Note("1", EMAIL)])})


def days(pipeline, number):
    pipeline.clock.advance(number * DAY_S)
    pipeline.run()


def open_(pipeline):
    complaint = pipeline.habeas.complaints.open(Grievance(Words(f"{NAME} is not content"), WHO), actor="dpo")
    pipeline.run()
    return complaint.request_id


def close(pipeline, id_):
    pipeline.habeas.complaints.close(id_, Outcome.UPHELD, Words(f"{NAME} was right"), actor="dpo")
    pipeline.run()


def test_in_the_end_nothing_is_left_of_a_complaint_but_that_it_was_dealt_with(pipeline):
    id_ = open_(pipeline)
    days(pipeline, 200)
    close(pipeline, id_)
    root = pipeline.settings.root
    folder = root / "answers" / f"complaint-{id_}"
    assert (folder / "outcome" / "letter.pdf").exists()
    days(pipeline, 30)
    assert not folder.exists()
    sealed = pipeline.habeas.database
    days(pipeline, 70)
    assert held(sealed, id_) == 0, "the words and letters went; who complained lies under another key"
    days(pipeline, 2_092)
    assert searched([root])[0] == {}
    mac = next(iter(Fingerprints(pipeline.habeas.keys).of(WHO[:1]).values()))
    assert not any(mac in path.read_bytes() for path in root.rglob("*") if path.is_file())
    with sealed.reading() as connection:
        told = complaints.fetch(connection, id_)
        actions = [row.action for row in audit.of_request(connection, id_)]
    assert (told.state, told.outcome) == (CaseState.DELIVERED, Outcome.UPHELD)
    assert actions == [
        "complaint.received",
        "complaint.acknowledged",
        "complaint.closed",
        "answer.removed",
        "answer.shredded",
        "identity.shredded",
    ]


def held(database, id_):
    with database.reading() as connection:
        return len(artefacts.fetch_under(connection, id_))


def test_an_open_complaint_keeps_its_words_and_its_person(pipeline):
    """However long it takes; the person's requests end before it."""
    id_ = open_(pipeline)
    request = pipeline.submit(Right.ACCESS, EMAIL)
    pipeline.run()
    for _ in range(3):
        days(pipeline, 1_000)
    close(pipeline, id_)
    assert NAME in next((pipeline.settings.root / "answers").glob("complaint-*/outcome/letter.txt")).read_text()
    assert pipeline.case(request).subject == standing(pipeline.habeas.database, id_).subject


def test_the_letters_of_a_refused_request_are_cleared_too(pipeline):
    """As its answer would be."""
    (receipt,) = pipeline.habeas.intake.submit([Submission(Right.ACCESS, WHO, None)], actor="tester")
    pipeline.habeas.correspondence.refuse(
        receipt.request_id, RefusalGround.EXCESSIVE, Words(f"{NAME} asks every week"), actor="dpo"
    )
    pipeline.run()
    folder = pipeline.settings.root / "answers" / f"access-{receipt.request_id}"
    assert (folder / "refusal").exists()
    days(pipeline, 30)
    assert not folder.exists()


def standing(database, id_):
    with database.reading() as connection:
        return complaints.fetch(connection, id_)


def test_a_lost_database_is_rebuilt_with_its_complaints_and_nothing_is_written_again(pipeline):
    open_id, closed = open_(pipeline), open_(pipeline)
    close(pipeline, closed)
    before = {id_: standing(pipeline.habeas.database, id_) for id_ in (open_id, closed)}
    fresh = Database(f"sqlite:///{pipeline.settings.root}/fresh.db")
    migrate(fresh)
    rebuild = Rebuilding(
        event_log=pipeline.habeas.event_log, database=fresh, groups=groups(["crm"]), clock=pipeline.clock
    )
    rebuild.run()
    assert {id_: standing(fresh, id_) for id_ in before} == before
    with fresh.reading() as connection:
        assert set(connection.scalars(select(tasks.c.state))) == {"done"}
    with pytest.raises(UserError, match="not empty"):
        rebuild.run()
    fresh.close()
