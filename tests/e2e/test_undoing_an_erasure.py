"""An operator undoes an erasure at the terminal; killed at any step, it is undone once and every byte is back."""

import json
import signal
from collections import Counter

import pytest
from typer.testing import CliRunner

from habeas.cli import app
from habeas.domain.cases import CaseState, SystemState
from habeas.domain.requests import Right
from habeas.testing.installation import PATIENCE_S, Installation, await_true
from schemas.events import TaskCompleted, UndoCompleted

FILES = "customs_files"
LEASE_S = 1.0


def habeas(installation, *words):
    return CliRunner().invoke(app, ["--config", installation.config, *words])


def start(installation, forks, **options):
    return forks.start("--config", installation.config, "up", log=installation.folder / "stderr.txt", **options)


def finish(installation, forks, request_id, state):
    """Run until the case stands so, and stop in good order."""
    process = start(installation, forks)
    try:
        await_true(
            lambda: installation.case(request_id).state is state, timeout_s=PATIENCE_S, what=f"the case to be {state}"
        )
        assert process.stop(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def own_files(tmp_path_factory):
    """An installation whose client files are the controller's own, and in one folder must be kept for some years."""
    installation = Installation.make(tmp_path_factory.mktemp("own") / "installation", files=120)
    installation.configure(work={"lease_s": LEASE_S})
    root = installation.folder / "systems" / "clients"
    person = installation.trials()[Right.ERASURE].person
    theirs = sorted({place.key.partition("/")[0] for place in person.places_in(FILES)})
    assert len(theirs) > 1
    for folder in root.iterdir():
        kept = "relation: customer\ncustomer_ceased: 2025-01-31\n"
        (folder / "client.yaml").write_text(kept if folder.name == theirs[0] else "role: controller\n")
    return installation


@pytest.fixture(scope="module")
def erased(own_files, forks, tmp_path_factory):
    """An installation in which a former customer was erased: some of their files are changed, some out of use."""
    installation = own_files.copied(tmp_path_factory.mktemp("erased") / "installation")
    before = installation.files()
    (request_id,) = installation.submit(installation.trials()[Right.ERASURE])
    finish(installation, forks, request_id, CaseState.DELIVERED)
    assert installation.files() != before
    return installation, request_id, before


@pytest.fixture
def wrongly_erased(erased, tmp_path):
    prototype, request_id, before = erased
    return prototype.copied(tmp_path / "installation"), request_id, before


def test_the_terminal_shows_what_would_be_put_back_has_it_done_and_tells_of_it(wrongly_erased, forks):
    installation, request_id, before = wrongly_erased
    shown = habeas(installation, "show", request_id)
    assert "can be undone until" in shown.output
    planned = habeas(installation, "undo", request_id, "--dry-run")
    assert (planned.exit_code, installation.files() != before) == (0, True)
    assert "it keeps no originals" in planned.output, "databases are named, whatever they lost stays lost"
    assert isinstance(habeas(installation, "undo", request_id).exception, Exception), "no reason, no undoing"
    assert habeas(installation, "undo", request_id, "--reason", "the wrong one").exit_code == 1, "nobody said yes"
    asked = habeas(installation, "undo", request_id, "--reason", "the wrong one", "--yes")
    assert (asked.exit_code, "Asked for in" in asked.output) == (0, True)
    finish(installation, forks, request_id, CaseState.UNDONE)
    assert installation.files() == before
    told = json.loads(habeas(installation, "show", request_id, "--json").output)
    assert (told["state"], told["systems"][FILES]["state"]) == ("undone", "undone")
    assert told["systems"][FILES]["refused"] == 0
    verbs = Counter(verb for each in told["systems"][FILES]["undone"].values() for verb in each)
    assert set(verbs) == {"restored", "lifted"}
    again = habeas(installation, "undo", request_id, "--reason", "the wrong one", "--yes", "--system", FILES)
    assert "undone already" in str(again.exception)


def test_the_dry_run_of_an_erasure_says_where_it_could_be_undone(own_files, tmp_path):
    installation = own_files.copied(tmp_path / "installation")
    trial = installation.trials()[Right.ERASURE]
    email = next(each.value for each in trial.identifiers if each.kind == "email")
    planned = habeas(installation, "plan", "erasure", "--email", email).output
    assert "Could be undone for 14 days:" in planned
    assert "Could not be undone:" in planned


@pytest.mark.crash
@pytest.mark.parametrize("failpoint", ["original.before_commit", "original.after_commit", "original.after_commit:2"])
def test_a_crash_around_keeping_an_original_leaves_it_to_be_undone_all_the_same(own_files, forks, tmp_path, failpoint):
    installation = own_files.copied(tmp_path / "installation")
    before = installation.files()
    (request_id,) = installation.submit(installation.trials()[Right.ERASURE])
    process = start(installation, forks, failpoint=failpoint)
    assert process.wait(PATIENCE_S) == -signal.SIGKILL, "the step was not reached"
    finish(installation, forks, request_id, CaseState.DELIVERED)
    assert habeas(installation, "undo", request_id, "--reason", "a test", "--yes").exit_code == 0
    finish(installation, forks, request_id, CaseState.UNDONE)
    assert installation.files() == before


@pytest.mark.crash
@pytest.mark.parametrize(
    "failpoint",
    [
        "inbox.before_commit",
        "task.leased",
        "undo.before",
        "undo.inside",
        "undo.inside:2",
        "undo.after",
        "outcome.before_commit",
        "outcome.after_commit",
        "outbox.after_append",
    ],
)
def test_a_crash_while_undoing_loses_and_repeats_nothing(wrongly_erased, forks, failpoint):
    installation, request_id, before = wrongly_erased
    erased = {each.system: each for each in installation.events(TaskCompleted)}[FILES]
    assert habeas(installation, "undo", request_id, "--reason", "a test", "--yes").exit_code == 0
    process = start(installation, forks, failpoint=failpoint)
    assert process.wait(PATIENCE_S) == -signal.SIGKILL, "the step was not reached"
    finish(installation, forks, request_id, CaseState.UNDONE)
    assert installation.files() == before
    assert installation.case(request_id).systems[FILES] is SystemState.UNDONE
    (done,) = {each.id: each for each in installation.events(UndoCompleted)}.values()
    assert count(done, "restored") == count(erased, "erased", "anonymised")
    assert count(done, "lifted") == count(erased, "restricted")
    assert done.refused == 0


def count(event, *wanted):
    return sum(records for verbs in event.effects.values() for verb, records in verbs.items() if verb in wanted)
