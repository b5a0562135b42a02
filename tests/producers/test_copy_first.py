"""Somebody who wants a copy and then to be erased gets the copy, whatever the first request waits for."""

import pytest

from habeas.domain.cases import CaseState
from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.errors import UserError
from habeas.testing.notebook import Note, Notebook
from producers.intake import Submission

ADA, BO = "ada@example.org", "bo@example.org"


@pytest.fixture
def pipeline(new_pipeline):
    return new_pipeline({"crm": Notebook([Note("1", ADA), Note("2", BO)])})


def submit(pipeline, right, *, check=IdentityCheck.LOGIN, email=ADA):
    submission = Submission(right, (identifier(IdentifierKind.EMAIL, email),), check)
    return pipeline.habeas.intake.submit([submission], actor="tester")[0].request_id


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
def test_nothing_is_erased_while_the_copy_waits(pipeline, right):
    """law C173: access first, also when it waits for the person."""
    copy = submit(pipeline, right, check=None)
    with pytest.raises(UserError, match=copy[:8]):
        submit(pipeline, Right.ERASURE)
    later = submit(pipeline, Right.ERASURE, check=None)
    today, letters = pipeline.clock.today(), pipeline.habeas.correspondence
    with pytest.raises(UserError, match="goes first"):
        letters.receive_identity(later, IdentityCheck.LOGIN, on=today, actor="tester")
    letters.receive_identity(copy, IdentityCheck.LOGIN, on=today, actor="tester")
    letters.receive_identity(later, IdentityCheck.LOGIN, on=today, actor="tester")
    pipeline.run()
    assert sum(line.records for line in pipeline.case(copy).completions["crm"].summary) == 1
    assert pipeline.case(later).state is CaseState.DELIVERED


def test_somebody_else_is_erased_meanwhile(pipeline):
    submit(pipeline, Right.ACCESS, check=None)
    theirs = submit(pipeline, Right.ERASURE, email=BO)
    pipeline.run()
    assert pipeline.case(theirs).state is CaseState.DELIVERED
