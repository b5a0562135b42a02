"""A role tells how it is, and who asks is told the truth: by `habeas health` and by the engine's quick check."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from habeas.errors import SystemDownError
from habeas.loops import Loop, Loops
from habeas.observability import health
from habeas.observability.health import FAILING_S_MAX, SILENT_S_MAX, STEP_S_MAX, Pulse, Report, Told, reports
from habeas.storage.database import Wakeups


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "habeas"


def complaints(*pulses: Pulse, written_s_ago: float = 0) -> list[tuple[str, str]]:
    now = time.monotonic()
    return list(Report("intake", 1, now - written_s_ago, pulses).complaints(now))


def test_what_works_is_well() -> None:
    """No complaint about a part that has just done its work, however often it failed before."""
    pulse = Pulse.of("worker")
    pulse.begin()
    pulse.failed(SystemDownError("away"))
    pulse.begin()
    pulse.did_well()
    assert complaints(pulse) == []


def test_a_passing_failure_is_no_illness() -> None:
    """A restart next door takes some seconds; only what goes on failing is told, by the error's class alone."""
    pulse = Pulse.of("worker")
    pulse.failed(SystemDownError("somebody@example.org"))
    assert complaints(pulse) == []
    pulse.good_at -= FAILING_S_MAX + 1
    assert complaints(pulse) == [("worker", f"fails since {FAILING_S_MAX + 1:.0f} s (SystemDownError)")]


def test_a_long_step_is_no_illness_but_one_without_end_is() -> None:
    """A worker may search a large system for minutes."""
    pulse = Pulse.of("worker")
    pulse.begin()
    assert pulse.began_at is not None
    pulse.good_at -= STEP_S_MAX / 2
    pulse.began_at -= STEP_S_MAX / 2
    assert complaints(pulse) == []
    pulse.began_at -= STEP_S_MAX
    assert [part for part, _ in complaints(pulse)] == ["worker"]


def test_a_process_that_tells_nothing_more_is_ill() -> None:
    """It hangs as a whole, and so can't complain itself."""
    assert complaints(Pulse.of("worker"), written_s_ago=1) == []
    assert [part for part, _ in complaints(Pulse.of("worker"), written_s_ago=SILENT_S_MAX + 1)] == ["process"]


def test_nobody_can_be_asked_before_a_role_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """No news is not good news."""
    assert health.main() == 1
    assert capsys.readouterr().out == "no role runs here"


def test_a_process_that_is_gone_is_not_counted(folder: Path) -> None:
    """What a killed process told last is worth nothing, and is cleared away."""
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    told = Told("intake", [Pulse.of("publisher")])
    told.write()
    (left,) = folder.glob("*.json")
    left.write_text(json.dumps(json.loads(left.read_text()) | {"pid": gone.pid}))
    assert reports() == []
    assert not left.exists()


def test_each_role_is_told_apart(folder: Path) -> None:
    """Several may run on one machine; each takes its word back when it ends."""
    told = [Told(role, []) for role in ("connector crm", "connector billing")]
    for each in told:
        each.write()
    assert [each.role for each in reports("connector crm")] == ["connector crm"]
    assert len(reports()) == 2
    for each in told:
        each.close()
    assert list(folder.iterdir()) == []


def test_a_failing_loop_is_seen_from_outside(folder: Path) -> None:
    """The quick check, as container engines run it, fails for as long as the loop does, and costs little."""
    down = [True]

    def step() -> int:
        if down[0]:
            raise SystemDownError("away")
        return 0

    loops = Loops([Loop("worker", step, wake="worker", idle_s=0.01)], wakeups=Wakeups())
    told = Told("connector crm", loops.pulses)
    loops.pulses[0].good_at -= FAILING_S_MAX + 1
    loops.start()
    try:
        _await(lambda: loops.pulses[0].error_class == "SystemDownError")
        told.write()
        asked = _ask()
        assert (asked.returncode, asked.stdout[:27]) == (1, b"connector crm: worker fails")
        down[0] = False
        _await(lambda: loops.pulses[0].error_class is None)
        told.write()
        assert _ask().returncode == 0
    finally:
        loops.stop()


def test_the_command_shows_each_part(folder: Path) -> None:
    """`habeas health` is for people: exit code 0 when all is well, 4 when nothing runs, 5 when something is ill."""
    assert _command().returncode == 4
    pulse = Pulse.of("log")
    told = Told("intake", [pulse])
    told.write()
    shown = _command("intake")
    assert shown.returncode == 0
    assert b"well" in shown.stdout
    pulse.failed(SystemDownError("away"))
    pulse.good_at -= FAILING_S_MAX + 1
    told.write()
    ill = _command("intake", "--json")
    assert ill.returncode == 5
    assert list(json.loads(ill.stdout)[0]["problems"]) == ["log"]


def _ask() -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "habeas.observability.health"], capture_output=True, check=False)


def _command(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "habeas", "health", *words], capture_output=True, check=False, env=os.environ.copy()
    )


def _await(reached) -> None:
    until = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.01)
