"""What the processing register alone can answer."""

from habeas.domain.cases import CaseState
from habeas.domain.requests import Right
from habeas.testing.notebook import Note, Notebook
from schemas.events import ResponseAssembled

ADA = "ada@example.org"


def test_a_question_about_automated_decisions_is_answered_and_no_system_is_asked(new_pipeline):
    """law C22: what is done is told at once, also while a system is down."""
    crm = Notebook([Note("1", ADA)])
    pipeline = new_pipeline({"crm": crm})
    request_id = pipeline.submit(Right.AUTOMATED_DECISIONS, ADA)
    pipeline.run()
    case = pipeline.case(request_id)
    assert (case.state, case.systems) == (CaseState.DELIVERED, {})
    assert [str(each.request_id) for each in pipeline.events(ResponseAssembled)] == [request_id]
    assert crm.count("find").total() == 0
