"""A process killed at any step of a lifting, and started again, has told the person once and lifted everything once."""

import signal

import pytest

from habeas.domain.requests import Right
from habeas.domain.words import Words
from habeas.testing.installation import PATIENCE_S, await_true
from schemas.events import ResponseDelivered
from schemas.letters import LetterDelivered
from schemas.lifting import LiftingCompleted

pytestmark = pytest.mark.crash

LEASE_S = 1.0
STEPS = ("lift.before", "lift.inside", "lift.after", "outcome.before_commit")
SYSTEMS = {"crm", "billing", "mailing_list", "customs_files"}


def until(installation, forks, kind, count):
    """Run until so many such events are told, and stop in good order."""
    process = start(installation, forks)
    try:
        await_true(
            lambda: len({each.id for each in installation.events(kind)}) == count,
            timeout_s=PATIENCE_S,
            what=f"{count} {kind.__name__}",
        )
        assert process.stop(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait(PATIENCE_S)


def start(installation, forks, **options):
    return forks.start("--config", installation.config, "up", log=installation.folder / "stderr.txt", **options)


@pytest.fixture(scope="module")
def told(prepared, forks, tmp_path_factory):
    """A restriction of the sample is answered, and the letter about its lifting has left."""
    installation = prepared.copied(tmp_path_factory.mktemp("told") / "installation")
    installation.configure(work={"lease_s": LEASE_S})
    (request_id,) = installation.submit(installation.trials()[Right.RESTRICTION])
    until(installation, forks, ResponseDelivered, 1)
    with installation.opened() as habeas:
        habeas.lifting.announce(request_id, Words("it is right as it is"), actor="tester")
    until(installation, forks, LetterDelivered, 1)
    return installation, request_id


@pytest.mark.parametrize("failpoint", STEPS)
def test_a_crash_at_any_step_of_a_lifting_loses_and_repeats_nothing(told, forks, tmp_path, failpoint):
    """law C18: every system has what it restricted in use again, and says how many."""
    prototype, request_id = told
    installation = prototype.copied(tmp_path / "installation")
    with installation.opened() as habeas:
        habeas.lifting.lift_now(request_id, reason="agreed", actor="tester")
    process = start(installation, forks, failpoint=failpoint)
    assert process.wait(PATIENCE_S) == -signal.SIGKILL, "the step was not reached"
    until(installation, forks, LiftingCompleted, len(SYSTEMS))
    case = installation.case(request_id)
    assert case.liftings.in_force == {}
    done = {each.system: each for each in installation.events(LiftingCompleted)}
    assert {system: each.left_over for system, each in done.items()} == dict.fromkeys(SYSTEMS, 0)
    restricted = {system: _count(each.effects, "restricted") for system, each in case.completions.items()}
    assert {system: _count(each.effects, "lifted") for system, each in done.items()} == restricted
    assert all(restricted.values())


def _count(effects, verb):
    return sum(verbs.get(verb, 0) for verbs in effects.values())
