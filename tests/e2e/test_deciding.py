"""A person decides at the terminal; killed at any step, the decision is carried out once and told once."""

import json
import signal
from collections import Counter

import pytest
from typer.testing import CliRunner

from habeas.cli import app
from habeas.domain.cases import CaseState
from habeas.domain.requests import Right
from habeas.errors import UserError
from habeas.storage.cases import timeline
from habeas.testing.installation import PATIENCE_S, Installation, await_true
from schemas.events import ResponseAssembled, ResponseDelivered
from schemas.reviews import ReviewCompleted, ReviewDecided

FILES = "customs_files"
LEASE_S = 1.0
STEPS = ("plan.after_commit", "apply.inside", "apply.after", "outcome.before_commit", "answer.before_commit")
"""Those of a decision's own task, then that of the further answer."""


def habeas(installation, *words):
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["--config", installation.config, *words])


def start(installation, forks, **options):
    return forks.start("--config", installation.config, "up", log=installation.folder / "stderr.txt", **options)


def finish(installation, forks, answers):
    """Run until so many answers, the first and further ones, are delivered; and stop in good order."""
    process = start(installation, forks)
    try:
        await_true(
            lambda: len({event.id for event in installation.events(ResponseDelivered)}) == answers,
            timeout_s=PATIENCE_S,
            what=f"{answers} answers",
        )
        assert process.stop(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def answered(forks, tmp_path_factory):
    """An erasure that left files to a client, whose name the dry run tells."""
    installation = Installation.make(tmp_path_factory.mktemp("answered") / "installation", files=60)
    installation.configure(work={"lease_s": LEASE_S})
    (request_id,) = installation.submit(installation.trials()[Right.ERASURE])
    finish(installation, forks, answers=1)
    with installation.opened() as parts:
        case = installation.case(request_id)
        clients = Counter(item.controller for item in parts.reviewing.items(case, referred=True))
    (client, _), *_ = clients.most_common(1)
    return installation, request_id, client


def instruct(installation, request_id, client):
    """A namesake's rows are told apart, and the client wants its own done: then nothing is open any more."""
    words = ("review", "decide", request_id[:8], "--why", "weak-match", "--other-person", "--reason", "a namesake")
    decided = habeas(installation, *words, "--yes")
    assert decided.exit_code == 0, decided.output
    said = habeas(installation, "instruct", request_id[:8], "--client", client, "--carry-out", "--yes")
    assert said.exit_code == 0, said.output
    assert "written to again" in said.output


@pytest.fixture
def instructed(answered, tmp_path):
    """The client wants it carried out, and nobody has begun."""
    prototype, request_id, client = answered
    installation = prototype.copied(tmp_path / "installation")
    instruct(installation, request_id, client)
    return installation, request_id


@pytest.fixture(scope="module")
def undisturbed(answered, forks, tmp_path_factory):
    prototype, request_id, client = answered
    installation = prototype.copied(tmp_path_factory.mktemp("undisturbed") / "installation")
    instruct(installation, request_id, client)
    finish(installation, forks, answers=2)
    return told(installation)


def told(installation):
    """What was done and told, without ids and times. Raises AssertionError if anything is told in two ways."""
    (done,) = {event.id: event for event in installation.events(ReviewCompleted)}.values()
    assembled = {event.id: event for event in installation.events(ResponseAssembled)}
    assert len({event.package for event in installation.events(ResponseAssembled)}) == len(assembled)
    (answer,) = (installation.folder / "answers").iterdir()
    return (
        installation.effects(),
        installation.files(),
        (sorted(map(str, done.summary)), done.effects, done.left_over, done.gone),
        [event.supplement for event in assembled.values()],
        sorted(str(path.relative_to(answer)) for path in answer.rglob("*") if path.is_file()),
    )


def test_an_instruction_changes_the_clients_files_and_is_told(answered, undisturbed):
    prototype, _, _ = answered
    _, files, (_, effects, left_over, gone), supplements, names = undisturbed
    assert files != prototype.files()
    assert sum(sum(verbs.values()) for verbs in effects.values()) > 0
    assert (left_over, gone, supplements) == (0, 0, [None, 1])
    to_the_person = [name for name in names if not name.startswith("client-")]
    assert to_the_person == ["answer.zip", "letter.pdf", "supplement-1/answer.zip", "supplement-1/letter.pdf"]
    assert "client-1/letter.pdf" in names


@pytest.mark.crash
@pytest.mark.parametrize("failpoint", STEPS)
def test_a_crash_at_any_step_of_a_decision_loses_and_repeats_nothing(instructed, undisturbed, forks, failpoint):
    installation, request_id = instructed
    process = start(installation, forks, failpoint=failpoint)
    assert process.wait(PATIENCE_S) == -signal.SIGKILL, "the step was not reached"
    finish(installation, forks, answers=2)
    assert told(installation) == undisturbed
    assert installation.case(request_id).state is CaseState.DELIVERED


def test_the_terminal_lays_the_evidence_side_by_side(answered):
    installation, request_id, _ = answered
    listed = json.loads(habeas(installation, "review", "list", "--json").output)
    assert {each["request_id"] for each in listed} == {request_id}
    assert {reason for each in listed for reason in each["reasons"]} == {"weak-match"}
    assert habeas(installation, "review", "list", "--system", "crm").output.strip() == "Nothing to decide."
    shown = habeas(installation, "review", "show", request_id[:8], "--item", listed[0]["item"])
    assert shown.exit_code == 0, shown.output
    trial = installation.trials()[Right.ERASURE]
    assert all(each.value in shown.output for each in trial.identifiers)
    assert "matched by name" in shown.output
    (data,) = json.loads(
        habeas(installation, "review", "show", request_id, "--item", listed[0]["item"], "--json").output
    )
    assert any(data["fields"].values()), "what the plan left out was found again"


def test_the_terminal_shows_what_is_referred_and_what_an_instruction_would_reach(answered, tmp_path):
    prototype, request_id, client = answered
    installation = prototype.copied(tmp_path / "installation")
    case = json.loads(habeas(installation, "show", request_id[:8], "--json").output)
    assert case["referred"] > 0
    wrong = habeas(installation, "instruct", request_id[:8], "--client", "Nobody Ltd", "--decline", "--yes")
    assert isinstance(wrong.exception, UserError)
    both = habeas(installation, "instruct", request_id[:8], "--client", client, "--decline", "--carry-out")
    assert isinstance(both.exception, UserError)
    declined = habeas(installation, "instruct", request_id[:8], "--client", client, "--decline", "--yes", "--json")
    assert declined.exit_code == 0, declined.output
    assert {item["client"] for item in json.loads(declined.output)["decided"]} == {client}
    assert installation.files() == prototype.files()
    again = habeas(installation, "instruct", request_id[:8], "--client", client, "--decline", "--yes")
    assert isinstance(again.exception, UserError)
    with installation.opened() as parts, parts.database.reading() as connection:
        events = [event for event in timeline(connection, request_id) if isinstance(event, ReviewDecided)]
    assert events
    assert all(client not in event.model_dump_json() for event in events)
