"""A process killed at any step of any action, and started again, has done everything once and tells what it did."""

import signal
from collections import Counter
from dataclasses import dataclass

import pytest

from habeas.domain.cases import CaseState
from habeas.domain.requests import Right
from habeas.failpoints import FAILPOINTS
from habeas.testing.installation import PATIENCE_S
from schemas.events import ResponseAssembled, ResponseDelivered, TaskCompleted

pytestmark = pytest.mark.crash

CHANGES_ONLY = {
    "apply.before", "apply.inside", "apply.after", "verify.after", "recipients.before_commit", "recipients.after_commit",
}  # fmt: skip
"""Steps that an access request has not: it changes nothing, so there is nothing to look again for, and nobody to tell."""
ELSEWHERE = ("undo.", "original.", "shredding.", "clearing.", "letter.", "lift.", "recipient.")
"""Tried in modules of their own: what an operator asks for later, and what the sample has no occasion for."""
REQUESTED = [each for each in FAILPOINTS if not each.startswith(ELSEWHERE)]
TRIED = (Right.ACCESS, Right.ERASURE, Right.RESTRICTION)
"""One that only reads, one that removes, one that marks: what else a right does, it does by the same steps."""
LEASE_S = 1.0


@dataclass(frozen=True)
class Told:
    """What one request did and told, without ids and times."""

    effects: dict
    files: dict
    completions: dict
    answers: int
    deliveries: int
    delivered_files: list


def told(installation, request_id):
    """Raises AssertionError if anything is told in two ways."""
    completed = {}
    for event in installation.events(TaskCompleted):
        if str(event.request_id) == request_id:
            assert completed.setdefault(event.system, event) == event
    assembled = {event.id: event for event in installation.events(ResponseAssembled)}
    assert len({event.package for event in installation.events(ResponseAssembled)}) == len(assembled)
    delivered = {event.id for event in installation.events(ResponseDelivered)}
    (answer,) = (installation.folder / "answers").iterdir()
    return Told(
        effects=installation.effects(),
        files=installation.files(),
        completions={
            system: (sorted(map(str, done.summary)), done.effects, done.left_over, done.unsearched)
            for system, done in completed.items()
        },
        answers=len(assembled),
        deliveries=len(delivered),
        delivered_files=sorted(str(path.relative_to(answer)) for path in answer.rglob("*") if path.is_file()),
    )


@pytest.fixture(scope="module")
def submitted(prepared, tmp_path_factory):
    """An installation for each right with its one request taken in, to copy."""
    made = {}
    for right, trial in prepared.trials().items():
        installation = prepared.copied(tmp_path_factory.mktemp("submitted") / right)
        installation.configure(work={"lease_s": LEASE_S})
        made[right] = (installation, installation.submit(trial)[0])
    return made


@pytest.fixture(scope="module")
def undisturbed(submitted, forks, tmp_path_factory):
    """What each request does and tells when nothing goes wrong."""
    expected = {}
    for right, (prototype, request_id) in submitted.items():
        installation = prototype.copied(tmp_path_factory.mktemp("undisturbed") / right)
        finish(installation, forks, request_id)
        expected[right] = told(installation, request_id)
    return expected


def start(installation, forks, **options):
    return forks.start("--config", installation.config, "up", log=installation.folder / "stderr.txt", **options)


def finish(installation, forks, request_id):
    """Run until the request is delivered, and stop in good order."""
    process = start(installation, forks)
    try:
        installation.await_delivery([request_id])
        assert process.stop(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait(PATIENCE_S)


LATER = ("apply.after:2", "outcome.before_commit:3", "outbox.after_append:3", "inbox.after_commit:6")
"""Further on: the second system's changes, the third system's outcome, a later batch."""


@pytest.fixture(params=[(right, where) for right in TRIED for where in REQUESTED], ids=lambda it: f"{it[0]}-{it[1]}")
def crash(request, submitted, tmp_path):
    """A right, where to die, an installation with that request, and the request."""
    right, failpoint = request.param
    prototype, request_id = submitted[right]
    return right, failpoint, prototype.copied(tmp_path / "installation"), request_id


def test_a_crash_at_any_step_loses_and_repeats_nothing(crash, undisturbed, forks):
    """Every effect once, one answer, and the reports of an undisturbed run."""
    right, failpoint, installation, request_id = crash
    process = start(installation, forks, failpoint=failpoint)
    if failpoint in CHANGES_ONLY and not right.changes_data:
        installation.await_delivery([request_id])
        assert process.stop(PATIENCE_S) == 0, "the step was not to be reached"
    else:
        assert process.wait(PATIENCE_S) == -signal.SIGKILL, "the step was not reached"
        finish(installation, forks, request_id)
    assert told(installation, request_id) == undisturbed[right]
    assert installation.case(request_id).state is CaseState.DELIVERED


@pytest.mark.parametrize("failpoint", LATER)
def test_a_crash_further_on_loses_and_repeats_nothing(submitted, undisturbed, forks, tmp_path, failpoint):
    """Some systems are done, some are not."""
    prototype, request_id = submitted[Right.RESTRICTION]
    installation = prototype.copied(tmp_path / "installation")
    process = start(installation, forks, failpoint=failpoint)
    assert process.wait(PATIENCE_S) == -signal.SIGKILL, "the step was not reached"
    finish(installation, forks, request_id)
    assert told(installation, request_id) == undisturbed[Right.RESTRICTION]


def test_one_crash_after_the_other_loses_and_repeats_nothing(submitted, undisturbed, forks, tmp_path):
    """The process dies again and again while it recovers."""
    prototype, request_id = submitted[Right.ERASURE]
    installation = prototype.copied(tmp_path / "installation")
    for failpoint in ("apply.inside", "apply.after", "verify.after", "outbox.after_append", "answer.before_commit"):
        process = start(installation, forks, failpoint=failpoint)
        assert process.wait(PATIENCE_S) == -signal.SIGKILL, failpoint
    finish(installation, forks, request_id)
    assert told(installation, request_id) == undisturbed[Right.ERASURE]


@pytest.mark.kafka
@pytest.mark.postgres
@pytest.mark.parametrize(
    "failpoint", ["outbox.after_append", "inbox.after_commit", "apply.after", "outcome.after_commit"]
)
def test_a_crash_on_kafka_and_postgresql_loses_and_repeats_nothing(distributed, undisturbed, forks, failpoint):
    """The same with a broker that has to notice the death, and a database that rolls back by itself."""
    distributed.configure(work={"lease_s": LEASE_S})
    (request_id,) = distributed.submit(distributed.trials()[Right.ERASURE])
    process = start(distributed, forks, failpoint=failpoint)
    assert process.wait(PATIENCE_S) == -signal.SIGKILL, "the step was not reached"
    finish(distributed, forks, request_id)
    assert told(distributed, request_id) == undisturbed[Right.ERASURE]


def test_the_undisturbed_runs_do_something(undisturbed):
    """Else nothing would be proven: rows erased, rows restricted, and each row touched once."""
    assert not any(undisturbed[Right.ACCESS].effects.values())
    for right, verb in ((Right.ERASURE, "DELETE"), (Right.RESTRICTION, "UPDATE")):
        done = [effect for each in undisturbed[right].effects.values() for effect in each]
        assert verb in {effect.verb for effect in done}
        assert max(Counter(done).values()) == 1
    for each in undisturbed.values():
        to_the_person = [name for name in each.delivered_files if not name.startswith("client-")]
        assert (each.answers, each.deliveries, to_the_person) == (1, 1, ["answer.zip", "letter.pdf"])
        assert set(each.completions) == {"crm", "billing", "mailing_list", "customs_files"}
