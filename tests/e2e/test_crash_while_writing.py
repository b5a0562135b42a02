"""A process killed at any step of a letter, and started again, has written and delivered it once."""

import signal

import pytest

from habeas.domain.requests import Right
from habeas.domain.words import Words
from habeas.testing.installation import PATIENCE_S, await_true
from producers.intake import Submission
from schemas.letters import LetterAssembled, LetterDelivered
from schemas.topics import TOPICS

pytestmark = pytest.mark.crash

LEASE_S = 1.0
STEPS = ("letter.before_commit", "letter.after_commit", "outbox.after_append", "delivery.before", "delivery.after")


def asked(installation):
    """A request whose person is asked who they are; nobody runs yet."""
    installation.configure(work={"lease_s": LEASE_S})
    trial = installation.trials()[Right.ACCESS]
    with installation.opened() as habeas:
        habeas.event_log.ensure_topics(TOPICS)
        submission = Submission(Right.ACCESS, trial.identifiers, None)
        (receipt,) = habeas.intake.submit([submission], actor="tester")
        habeas.correspondence.ask_identity(receipt.request_id, Words("we do not know the address"), actor="tester")
    return receipt.request_id


def crash_and_go_on(installation, forks, failpoint):
    """Die there, start again, run until the letter has left, and stop in good order."""
    words = ("--config", installation.config, "up")
    log = installation.folder / "stderr.txt"
    process = forks.start(*words, log=log, failpoint=failpoint)
    assert process.wait(PATIENCE_S) == -signal.SIGKILL, "the step was not reached"
    process = forks.start(*words, log=log)
    try:
        await_true(lambda: bool(installation.events(LetterDelivered)), timeout_s=PATIENCE_S, what="the letter")
        assert process.stop(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait(PATIENCE_S)


def once(installation, request_id):
    """Raises AssertionError if a letter was written or told of in two ways."""
    assert len({each.pdf for each in installation.events(LetterAssembled)}) == 1
    assert len({each.id for each in installation.events(LetterDelivered)}) == 1
    (folder,) = (installation.folder / "answers").glob("*/*")
    assert folder.name == "identity"
    assert sorted(path.name for path in folder.iterdir()) == ["letter.html", "letter.pdf", "letter.txt"]
    assert [each.kind for each in installation.case(request_id).letters.written] == ["identity"]
    assert "we do not know" in (folder / "letter.txt").read_text()
    assert "we do not know" not in (installation.folder / "stderr.txt").read_text()


@pytest.mark.parametrize("failpoint", STEPS)
def test_a_crash_at_any_step_of_a_letter_loses_and_repeats_nothing(prepared, forks, tmp_path, failpoint):
    """law C12: the person is told, once."""
    installation = prepared.copied(tmp_path / "installation")
    request_id = asked(installation)
    crash_and_go_on(installation, forks, failpoint)
    once(installation, request_id)


@pytest.mark.kafka
@pytest.mark.postgres
@pytest.mark.parametrize("failpoint", ["letter.after_commit", "delivery.after"])
def test_a_crash_on_kafka_and_postgresql_loses_and_repeats_nothing(distributed, forks, failpoint):
    request_id = asked(distributed)
    crash_and_go_on(distributed, forks, failpoint)
    once(distributed, request_id)
