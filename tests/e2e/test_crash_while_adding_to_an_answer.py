"""A system is down until the answer has gone without it; killed at any step, what it adds is told once."""

import signal
from zipfile import ZipFile

import pytest

from habeas.domain.cases import CaseState
from habeas.domain.remainder import Remainder
from habeas.domain.requests import Right
from habeas.testing.installation import PATIENCE_S, await_true
from schemas.events import ResponseAssembled, ResponseDelivered, TaskCompleted

pytestmark = pytest.mark.crash

LEASE_S = 1.0
STEPS = ("outcome.before_commit", "answer.before_commit", "answer.after_commit", "delivery.before", "delivery.after")
SYSTEM = "billing"


def start(installation, forks, **options):
    return forks.start("--config", installation.config, "up", log=installation.folder / "stderr.txt", **options)


def run_until(installation, forks, kind, number):
    """So many events of the kind are told; then stop in good order."""
    process = start(installation, forks)
    try:
        await_true(
            lambda: len({event.id for event in installation.events(kind)}) == number,
            timeout_s=PATIENCE_S,
            what=f"{number} of {kind.type}",
        )
        assert process.stop(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait(PATIENCE_S)


def database(installation):
    return installation.folder / "systems" / f"{SYSTEM}.db"


@pytest.fixture(scope="module")
def answered_without(prepared, forks, tmp_path_factory):
    """An access request whose time was up while a system was away, which is back now."""
    installation = prepared.copied(tmp_path_factory.mktemp("without") / "installation")
    installation.configure(work={"lease_s": LEASE_S})
    away = database(installation).rename(installation.folder / "away.db")
    (request_id,) = installation.submit(installation.trials()[Right.ACCESS])
    run_until(installation, forks, TaskCompleted, 3)
    installation.configure(time={"silent_after_s": 1, "give_up_days_before_due": 60})
    run_until(installation, forks, ResponseDelivered, 1)
    assert [each.without for each in installation.events(ResponseAssembled)] == [(SYSTEM,)]
    away.rename(database(installation))
    return installation, request_id


@pytest.mark.parametrize("failpoint", STEPS)
def test_a_crash_at_any_step_loses_and_repeats_nothing(answered_without, forks, tmp_path, failpoint):
    """law C12: the person gets what was missing, once."""
    prototype, request_id = answered_without
    installation = prototype.copied(tmp_path / "installation")
    process = start(installation, forks, failpoint=failpoint)
    assert process.wait(PATIENCE_S) == -signal.SIGKILL, "the step was not reached"
    run_until(installation, forks, ResponseDelivered, 2)
    assembled = {each.package: each for each in installation.events(ResponseAssembled)}.values()
    assert [(each.supplement, each.without) for each in assembled] == [(None, (SYSTEM,)), (1, ())]
    case = installation.case(request_id)
    assert (case.state, case.remainder) == (CaseState.DELIVERED, Remainder())
    (answer,) = (installation.folder / "answers").iterdir()
    folders = sorted(path.name for path in answer.iterdir() if path.is_dir())
    assert [name for name in folders if not name.startswith("client-")] == ["supplement-1"]
    assert tables(answer / "supplement-1").isdisjoint(tables(answer))


def tables(folder):
    with ZipFile(folder / "answer.zip") as package:
        names = {name for name in package.namelist() if name.startswith("data/")}
    assert names
    return names
