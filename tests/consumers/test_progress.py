"""How far a long task is: what an operator sees while it is worked on, on either kind of database."""

import json
import sys
import threading
import time
from contextlib import contextmanager, nullcontext

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from consumers import lease_keeper
from habeas.__main__ import main
from habeas.cli.progress import Progress as LiveTable
from habeas.cli.progress_words import says
from habeas.cli.session import Session
from habeas.cli.waiting import wait
from habeas.domain.progress import Measure, Phase, Progress, Unit
from habeas.domain.requests import Right
from habeas.errors import RetriableError
from habeas.storage import ledger, work
from habeas.storage.tables import tasks
from habeas.testing.notebook import Note, Notebook, NotebookApplication

ADA, BOB = "ada@example.org", "bob@example.org"
GIVE_UP_S = 30


def notes(email, count):
    return [Note(f"{email[0]}{number}", email) for number in range(count)]


class Slow(Notebook):
    """Stops once at a place that the test names, until it is let go on."""

    def __init__(self, notes, *, stops_at, after=0):
        super().__init__(notes)
        self.stops_at, self.after = stops_at, after
        self.stopped, self.go_on = threading.Event(), threading.Event()

    def stop(self, where, passed):
        if (where, passed) == (self.stops_at, self.after) and not self.stopped.is_set():
            self.stopped.set()
            assert self.go_on.wait(GIVE_UP_S)

    def find(self, subjects):
        where = "verify" if self.applied else "find"
        for number, found in enumerate(super().find(subjects)):
            self.stop(where, number)
            yield found
        self.stop(where, "end")

    @contextmanager
    def applying(self, subject, task_id):
        with super().applying(subject, task_id) as application:
            yield SlowApplication(self, application)


class SlowApplication:
    def __init__(self, notebook, application):
        self._notebook, self._application, self._changed = notebook, application, 0

    earlier = property(lambda self: self._application.earlier)
    effects = property(lambda self: self._application.effects)

    def erase(self, record, fields):
        self._notebook.stop("apply", self._changed)
        self._changed += 1
        self._application.erase(record, fields)

    restrict = NotebookApplication.restrict


class Watched:
    """A pipeline whose worker stands still in the middle of a task, in a thread of its own."""

    def __init__(self, pipeline, crm):
        self.pipeline, self.crm = pipeline, crm
        self.thread = threading.Thread(target=pipeline.loops["crm.worker"].step)

    def start(self):
        self.pipeline.run(without={"crm.worker"})
        self.thread.start()
        assert self.crm.stopped.wait(GIVE_UP_S)

    def until(self, seen):
        """What is seen as soon as it is anything."""
        give_up_at = time.monotonic() + GIVE_UP_S
        while (what := seen()) is None or not what:
            assert time.monotonic() < give_up_at
            threading.Event().wait(0.005)
        return what

    def under_way(self, request_id):
        with self.pipeline.habeas.database.reading() as connection:
            return work.under_way(connection, [request_id]).get(request_id, {}).get("crm")

    def told(self, request_id):
        there = self.until(lambda: self.under_way(request_id))
        return says(there, self.pipeline.clock.now())

    def until_told(self, request_id, beginning):
        """What is told once the keeper has written as much."""
        return self.until(lambda: (told := self.told(request_id)).startswith(beginning) and told)

    def end(self):
        self.crm.go_on.set()
        self.thread.join(GIVE_UP_S)
        self.pipeline.run()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(lease_keeper, "LOOK_S", 0.01)


@pytest.fixture
def watch(new_pipeline):
    """Starts one; it is let go on at the end in any case."""
    begun = []

    def make(crm, **options):
        watched = Watched(new_pipeline({"crm": crm}, **options), crm)
        begun.append(watched)
        return watched

    yield make
    for each in begun:
        each.crm.go_on.set()
        if each.thread.ident:
            each.thread.join(GIVE_UP_S)


@pytest.mark.parametrize(
    ("stops_at", "after", "expected"),
    [
        ("find", 4, "finding, 4 records found"),
        ("apply", 6, "applying, 6 of 9 records"),
        ("verify", "end", "verifying"),
    ],
)
def test_how_far_a_task_is_can_be_seen_while_it_is_worked_on(state_url, watch, stops_at, after, expected):
    """Its phase, what has passed of how much, and since when; nothing any more once it is done."""
    watched = watch(Slow(notes(ADA, 9), stops_at=stops_at, after=after), state_url=state_url)
    request_id = watched.pipeline.submit(Right.ERASURE, ADA)
    watched.start()
    watched.until_told(request_id, expected)
    watched.pipeline.clock.advance(45)
    assert watched.told(request_id) == f"{expected}, for 45 s"
    watched.end()
    assert watched.under_way(request_id) is None
    assert watched.pipeline.case(request_id).completions["crm"].effects == {"notes": {"erased": 9}}


def test_the_others_of_a_batch_wait_for_their_turn(watch):
    watched = watch(Slow([*notes(ADA, 3), *notes(BOB, 2)], stops_at="apply", after=1))
    ada, bob = (watched.pipeline.submit(Right.ERASURE, each) for each in (ADA, BOB))
    watched.start()
    watched.until(lambda: {watched.told(ada)[:13], watched.told(bob)[:13]} == {"applying, 1 o", "waiting for i"})


def test_the_live_table_shows_the_share(watch):
    watched = watch(Slow(notes(ADA, 4), stops_at="apply", after=3))
    request_id = watched.pipeline.submit(Right.ERASURE, ADA)
    watched.start()
    watched.until_told(request_id, "applying, 3")
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
        monkeypatch.setattr(sys, "argv", ["habeas", *words])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        assert not end.value.code, printed.err
        return printed.out

    return run


def test_the_commands_show_it(watch, habeas):
    watched = watch(Slow(notes(ADA, 4), stops_at="apply", after=3))
    request_id = watched.pipeline.submit(Right.ERASURE, ADA)
    watched.start()
    watched.until_told(request_id, "applying, 3")
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
    watched = watch(Slow(notes(ADA, 4), stops_at="apply", after=2), state_url=state_url)
    request_id = watched.pipeline.submit(Right.ERASURE, ADA)
    watched.start()
    watched.until_told(request_id, "applying, 2")
    database, clock = watched.pipeline.habeas.database, watched.pipeline.clock
    clock.advance(61)
    assert watched.told(request_id).endswith("its worker is gone: the next one takes it over[/]")
    with database.transaction() as connection:
        (held,) = ledger.lease(connection, "crm", owner="another", now=clock.now(), lease_s=60, limit=1)
    assert watched.under_way(request_id) is None  # a new attempt starts over
    with database.transaction() as connection:
        work.note(connection, [(held, watched_progress(clock, 1))])
    watched.crm.go_on.set()
    watched.thread.join(GIVE_UP_S)
    assert watched.told(request_id) == "finding, 1 record found, for 0 s, attempt 2"


def watched_progress(clock, found):
    return Progress(Phase.FINDING, clock.now(), Measure(found, None, Unit.RECORDS))


def test_whoever_goes_on_after_a_crash_counts_the_stored_plan_from_its_beginning(watch):
    """The first worker died in the middle of the changes."""
    watched = watch(Slow(notes(ADA, 5), stops_at="apply", after=2))
    request_id = watched.pipeline.submit(Right.ERASURE, ADA)
    watched.crm.before = lambda name, _: _raise(KeyboardInterrupt) if name == "apply" else None
    with pytest.raises(KeyboardInterrupt):
        watched.pipeline.run()
    watched.crm.before = lambda _name, _subject: None
    watched.pipeline.clock.advance(61)
    watched.start()
    assert watched.until_told(request_id, "applying") == "applying, 2 of 5 records, for 0 s, attempt 2"


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
    watched = watch(Slow(notes(ADA, 6), stops_at="apply", after=4))
    before = measured("habeas_work_records_total", phase="applying") or 0
    request_id = watched.pipeline.submit(Right.ERASURE, ADA)
    watched.start()
    watched.until_told(request_id, "applying, 4")
    watched.until(lambda: measured("habeas_work_records_total", phase="applying") == before + 4)
    watched.pipeline.clock.advance(20)
    watched.until(lambda: measured("habeas_work_seconds") == 20)
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
