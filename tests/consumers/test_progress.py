"""How far a long task is: what an operator sees while it is worked on, on either kind of database."""

import json
import sys
import time
from contextlib import nullcontext

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from consumers import lease_keeper
from habeas.__main__ import main
from habeas.cli.progress import Progress as LiveTable
from habeas.cli.session import Session
from habeas.cli.waiting import wait
from habeas.domain.progress import Measure, Phase, Progress, Unit
from habeas.domain.requests import Right
from habeas.errors import RetriableError
from habeas.storage import ledger, work
from habeas.storage.tables import tasks
from habeas.testing.notebook import Note, Notebook
from habeas.testing.standing_still import GIVE_UP_S, SlowNotebook, StandingStill, until

ADA, BOB = "ada@example.org", "bob@example.org"


def notes(email, count):
    return [Note(f"{email[0]}{number}", email) for number in range(count)]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(lease_keeper, "LOOK_S", 0.01)


@pytest.fixture
def watch(new_pipeline):
    """Starts one; it is let go on at the end in any case."""
    begun = []

    def make(crm, **options):
        begun.append(StandingStill(new_pipeline({"crm": crm}, **options), crm))
        return begun[-1]

    yield make
    for each in begun:
        each.go_on()


@pytest.mark.parametrize(
    ("stops_at", "after", "expected"),
    [
        ("find", 4, "finding, 4 records found"),
        ("apply", 6, "applying, 6 of 9 records"),
        ("verify", None, "verifying"),
    ],
)
def test_how_far_a_task_is_can_be_seen_while_it_is_worked_on(state_url, watch, stops_at, after, expected):
    """Its phase, what has passed of how much, and since when; nothing any more once it is done."""
    watched = watch(SlowNotebook(notes(ADA, 9), stops_at=stops_at, after=after), state_url=state_url)
    request_id = watched.pipeline.submit(Right.ERASURE, ADA)
    watched.start()
    watched.told(request_id, expected)
    watched.pipeline.clock.advance(45)
    assert watched.told(request_id) == f"{expected}, for 45 s"
    watched.end()
    assert watched.under_way(request_id) is None
    assert watched.pipeline.case(request_id).completions["crm"].effects == {"notes": {"erased": 9}}


def test_the_others_of_a_batch_wait_for_their_turn(watch):
    watched = watch(SlowNotebook([*notes(ADA, 3), *notes(BOB, 2)], stops_at="apply", after=1))
    ada, bob = (watched.pipeline.submit(Right.ERASURE, each) for each in (ADA, BOB))
    watched.start()
    until(lambda: {watched.told(ada)[:13], watched.told(bob)[:13]} == {"applying, 1 o", "waiting for i"})


def test_the_live_table_shows_the_share(watch):
    watched = watch(SlowNotebook(notes(ADA, 4), stops_at="apply", after=3))
    request_id = watched.pipeline.submit(Right.ERASURE, ADA)
    watched.start()
    watched.told(request_id, "applying, 3")
    table = LiveTable(watched.pipeline.habeas, [request_id]).table()
    assert [list(column.cells) for column in table.columns][2] == ["[cyan]… applying 75 %[/]"]
    watched.end()
    table = LiveTable(watched.pipeline.habeas, [request_id]).table()
    assert [list(column.cells) for column in table.columns][2] == ["[green]✓ done[/]"]


@pytest.fixture
def habeas(monkeypatch, capsys):
    """Runs a command in a pipeline's installation; what it prints."""

    def run(pipeline, *words):
        monkeypatch.setattr(Session, "opened", lambda _self, **_: nullcontext(pipeline.habeas))
        monkeypatch.setenv("COLUMNS", "160")
        monkeypatch.setattr(sys, "argv", ["habeas", *words])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        assert not end.value.code, printed.err
        return printed.out

    return run


def test_the_commands_show_it(watch, habeas):
    watched = watch(SlowNotebook(notes(ADA, 4), stops_at="apply", after=3))
    request_id = watched.pipeline.submit(Right.ERASURE, ADA)
    watched.start()
    watched.told(request_id, "applying, 3")
    assert "Crm — pending: applying, 3 of 4 records, for 0 s" in habeas(watched.pipeline, "show", request_id)
    told = json.loads(habeas(watched.pipeline, "show", request_id, "--json"))["systems"]["crm"]["progress"]
    assert (told["phase"], told["attempts"], told["worker_gone"]) == ("applying", 1, False)
    assert told["records"] == {"done": 3, "of": 4, "unit": "records"}
    assert "crm applying 75 %" in habeas(watched.pipeline, "list")
    with pytest.raises(RetriableError, match="in progress"):
        wait(watched.pipeline.habeas, request_id, timeout_s=0)
    watched.end()
    assert "applying" not in habeas(watched.pipeline, "show", request_id)
    assert "progress" not in habeas(watched.pipeline, "show", request_id, "--json").replace("in progress", "")


def test_a_worker_that_lost_its_lease_writes_nothing_more_of_it(state_url, watch):
    """Its owner is another one now; what that one tells stays."""
    watched = watch(SlowNotebook(notes(ADA, 4), stops_at="apply", after=2), state_url=state_url)
    request_id = watched.pipeline.submit(Right.ERASURE, ADA)
    watched.start()
    watched.told(request_id, "applying, 2")
    database, clock = watched.pipeline.habeas.database, watched.pipeline.clock
    clock.advance(61)
    assert watched.told(request_id).endswith("its worker is gone: the next one takes it over[/]")
    with database.transaction() as connection:
        (held,) = ledger.lease(connection, "crm", owner="another", now=clock.now(), lease_s=60, limit=1)
    assert watched.under_way(request_id) is None  # a new attempt starts over
    with database.transaction() as connection:
        work.note(connection, [(held, watched_progress(clock, 1))])
    watched.go_on()
    assert watched.told(request_id) == "finding, 1 record found, for 0 s, attempt 2"


def watched_progress(clock, found):
    return Progress(Phase.FINDING, clock.now(), Measure(found, None, Unit.RECORDS))


def test_whoever_goes_on_after_a_crash_counts_the_stored_plan_from_its_beginning(watch):
    """The first worker died in the middle of the changes."""
    watched = watch(SlowNotebook(notes(ADA, 5), stops_at="apply", after=2))
    request_id = watched.pipeline.submit(Right.ERASURE, ADA)
    watched.crm.before = lambda name, _: _raise(KeyboardInterrupt) if name == "apply" else None
    with pytest.raises(KeyboardInterrupt):
        watched.pipeline.run()
    watched.crm.before = lambda _name, _subject: None
    watched.pipeline.clock.advance(61)
    watched.start()
    assert watched.told(request_id, "applying, 2") == "applying, 2 of 5 records, for 0 s, attempt 2"


def test_what_fails_is_not_shown_as_under_way(state_url, new_pipeline):
    """It was far when it failed; now it waits for its next attempt."""
    crm = Notebook(notes(ADA, 3))
    pipeline = new_pipeline({"crm": crm}, state_url=state_url)
    request_id = pipeline.submit(Right.ERASURE, ADA)
    seen = []

    def fails(name, _subject):
        if name == "apply":
            give_up_at = time.monotonic() + GIVE_UP_S
            while not seen and time.monotonic() < give_up_at:
                with pipeline.habeas.database.reading() as connection:
                    seen.extend(work.under_way(connection, [request_id]))
            raise RetriableError("passing")

    crm.before = fails
    pipeline.run()
    assert seen
    with pipeline.habeas.database.reading() as connection:
        assert work.under_way(connection, [request_id]) == {}
        assert connection.scalars(select(tasks.c.progress)).all() == [None]


def test_what_has_passed_can_be_measured_and_says_nothing_about_anybody(watch):
    watched = watch(SlowNotebook(notes(ADA, 6), stops_at="apply", after=4))
    before = measured("habeas_work_records_total", phase="applying") or 0
    request_id = watched.pipeline.submit(Right.ERASURE, ADA)
    watched.start()
    watched.told(request_id, "applying, 4")
    until(lambda: measured("habeas_work_records_total", phase="applying") == before + 4)
    watched.pipeline.clock.advance(20)
    until(lambda: measured("habeas_work_seconds") == 20)
    with watched.pipeline.habeas.database.reading() as connection:
        stored = connection.scalars(select(tasks.c.progress)).one()
    assert set(stored) == {"phase", "since", "records"}
    assert stored["records"] == {"done": 4, "of": 6, "unit": "records"}
    watched.end()
    assert measured("habeas_work_records_total", phase="applying") == before + 6
    assert measured("habeas_work_seconds") == 0


def measured(name, **labels):
    return REGISTRY.get_sample_value(name, {"system": "crm", **labels})


def _raise(error):
    raise error
