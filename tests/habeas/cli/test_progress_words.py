"""How far a task is, in an operator's words."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.cli.progress_words import says, shortly
from habeas.domain.progress import Measure, Phase, Progress, Unit
from habeas.storage.work import UnderWay

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def records(done, of=None):
    return Measure(done, of, Unit.RECORDS)


def files(done, of):
    return Measure(done, of, Unit.FILES)


def part(done, of):
    return Measure(done, of, Unit.BYTES)


def under_way(progress, *, attempts=1, until=NOW + timedelta(seconds=30)):
    return UnderWay("a request", "customs_files", attempts, until, progress)


@pytest.mark.parametrize(
    ("phase", "measures", "seconds", "said", "short"),
    [
        (
            Phase.APPLYING,
            (records(312_000, 1_000_000),),
            240,
            "applying, 312,000 of 1,000,000 records, for 4 min",
            "applying 31 %",
        ),
        (Phase.FINDING, (records(0),), 3, "finding, for 3 s", "finding"),
        (Phase.FINDING, (records(1),), 3, "finding, 1 record found, for 3 s", "finding 1"),
        (
            Phase.FINDING,
            (records(12), files(5_200, 10_000)),
            59,
            "finding, 5,200 of 10,000 files, 12 records found, for 59 s",
            "finding 52 %",
        ),
        (
            Phase.FINDING,
            (records(7), files(0, 1), part(500_000_000, 2_000_000_000)),
            7_200,
            "finding, 0 of 1 file, 0.5 of 2.0 GB of the next, 7 records found, for 2 h",
            "finding 25 %",
        ),
        (
            Phase.APPLYING,
            (records(90, 90), files(3, 12)),
            60,
            "applying, 3 of 12 files, 90 of 90 records, for 1 min",
            "applying 25 %",
        ),
        (Phase.VERIFYING, (records(40),), 1, "verifying, 40 records looked at, for 1 s", "verifying 40"),
        (Phase.WAITING, (records(0),), 4, "waiting for its turn, for 4 s", "waiting for its turn"),
        (Phase.SWEEPING, (records(0),), 200_000, "looking for copies, for 2 days", "looking for copies"),
    ],
)
def test_what_is_said(phase, measures, seconds, said, short):
    progress = Progress(phase, NOW - timedelta(seconds=seconds), *measures)
    assert says(under_way(progress), NOW) == said
    assert shortly(progress) == short


def test_a_further_attempt_and_a_worker_that_is_gone_are_told():
    progress = Progress(Phase.APPLYING, NOW - timedelta(seconds=90), records(2, 3))
    said = says(under_way(progress, attempts=2, until=NOW - timedelta(seconds=1)), NOW)
    assert "attempt 2" in said
    assert "its worker is gone" in said


MEASURES = st.builds(Measure, st.integers(0, 10**12), st.none() | st.integers(0, 10**12), st.sampled_from([*Unit]))


@given(
    st.builds(
        Progress,
        st.sampled_from([*Phase]),
        st.datetimes(datetime(2000, 1, 1), NOW.replace(tzinfo=None), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
        MEASURES,
        st.none() | MEASURES,
        st.none() | MEASURES,
    )
)
def test_whatever_is_stored_is_read_again_and_can_be_told(progress):
    again = Progress.of_json(progress.as_json())
    assert again == progress
    assert says(under_way(again), NOW).startswith(says(under_way(progress), NOW).split(",")[0])
    share = shortly(again).removesuffix(" %").split()[-1] if shortly(again).endswith("%") else "0"
    assert 0 <= int(share) <= 100


def test_what_a_newer_worker_tells_is_shown_as_it_is():
    """A phase or unit that has no words here."""
    written = {
        "phase": "weighing [all]",
        "since": NOW.isoformat(),
        "records": {"done": 3, "of": None, "unit": "records"},
    }
    progress = Progress.of_json(written | {"searched": {"done": 1, "of": 4, "unit": "mailboxes"}})
    assert says(under_way(progress), NOW) == r"weighing \[all], 1 of 4 mailboxes, 3 records, for 0 s"
    assert shortly(progress) == r"weighing \[all] 25 %"
    assert progress.as_json() == written | {"searched": {"done": 1, "of": 4, "unit": "mailboxes"}}
