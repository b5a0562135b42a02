"""What an operator sees of deadlines, and what a wrong word is answered with."""

import json
import re
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import structlog

from habeas.__main__ import main

TODAY = datetime.now(ZoneInfo("Europe/London")).date()
SYSTEM = """
[systems.mailing_list]
kind = "mailing_list"
title = "Mailing list"
options.path = "list.db"
"""


@pytest.fixture
def habeas(tmp_path, monkeypatch, capsys):
    """Runs a command in an installation of its own; its exit code and what it printed on both streams."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["habeas", *words])
        with pytest.raises(SystemExit) as end:
            main()
        structlog.reset_defaults()
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out, printed.err

    assert run("init", ".")[0] == 0
    with (tmp_path / "habeas.toml").open("a") as settings:
        settings.write(SYSTEM)
    return run


@pytest.fixture
def submit(habeas):
    """Takes in a request whose identity is not proven; how it begins."""

    def run(right="access", *, days_ago=0, options=()):
        received = (TODAY - timedelta(days=days_ago)).isoformat()
        code, out, err = habeas("submit", right, "--email", "a@example.org", "--received", received, "--json", *options)
        assert code == 0, err
        return json.loads(out)["request_id"]

    return run


def test_the_list_of_what_is_due_has_the_soonest_first_and_says_what_is_late_and_what_is_stopped(habeas, submit):
    soon, stopped, late = submit(days_ago=20), submit(days_ago=10), submit(days_ago=60)
    assert habeas("identity", stopped, "--ask", "--reason", "who are you?")[0] == 0
    withdrawn = submit()
    assert habeas("withdraw", withdrawn)[0] == 0
    rows = json.loads(habeas("list", "--due", "--json")[1])
    assert [row["request_id"] for row in rows] == [late, soon, stopped]
    assert rows[0]["days_left"] < 0 < rows[1]["days_left"]
    assert (rows[2]["stopped_since"], rows[2]["waits_for"]) == (TODAY.isoformat(), "identity")
    lines = {line.split()[0]: line for line in habeas("list", "--due")[1].splitlines() if "access" in line}
    assert f"{-rows[0]['days_left']} days late" in lines[late[:13]]
    assert "days, stopped" in lines[stopped[:13]]
    assert withdrawn[:13] not in lines


def test_a_case_shows_what_the_clock_does_and_why(habeas, submit):
    request_id = submit(days_ago=3)
    asked = (TODAY - timedelta(days=2)).isoformat()
    code, out, _ = habeas("clarify", request_id[:8], "--question", "which years?", "--on", asked)
    assert code == 0
    assert "Waits for clarification. The clock stands still since" in out
    _, out, _ = habeas("show", request_id)
    assert "what is meant" in out
    assert "which years" not in out
    code, out, _ = habeas("clarify", request_id, "--answered", "--json")
    shown = json.loads(out)
    assert (code, shown["waits_for"], shown["stopped_since"]) == (0, [], None)
    assert json.loads(habeas("show", request_id, "--json")[1])["time"]["due_on"] == shown["due_on"]


WRONG = [
    (("access", 45), ("extend", "--reason", "complex"), r"an extension could be announced until \d\d \w+ \d{4}"),
    (("access", 0, "--jurisdiction", "TR"), ("extend", "--reason", "x"), "the KVKK allows no extension"),
    (("erasure", 0), ("clarify", "--question", "what?"), "only a request for access can wait for clarification"),
    (("access", 0), ("clarify", "--answered"), "has not been asked for clarification"),
    (("access", 0), ("clarify",), "say one of --question"),
    (("access", 0), ("identity", "--ask", "--received"), "say one of --ask and --received"),
    (("access", 0), ("identity", "--received"), "say how you checked who it is"),
    (("access", 0), ("identity", "--ask"), "say it in words, as --reason"),
    (("access", 0), ("fee", "--ask", "--reason", "x"), "say how much and why, as --amount"),
    (("access", 0), ("fee", "--paid"), "has not been asked for a fee"),
]


def test_wrong_input_is_told_in_one_line(habeas, submit):
    """No extension after month one or under KVKK, no stop for an erasure; and slips of the hand.

    law B3, law B4, law B6.
    """
    ids = {request: submit(request[0], days_ago=request[1], options=request[2:]) for request, _, _ in WRONG}
    for request, (command, *rest), said in WRONG:
        code, out, err = habeas(command, ids[request], *rest)
        assert (code, out) == (2, ""), said
        assert re.fullmatch(rf"habeas: .*{said}.*\n", err), err


def test_a_request_may_name_its_jurisdiction_and_only_one_that_there_is(habeas, submit):
    request_id = submit(options=("--jurisdiction", "SE"))
    assert json.loads(habeas("show", request_id, "--json")[1])["time"]["jurisdiction"] == "SE"
    code, _, err = habeas("submit", "access", "--email", "a@example.org", "--jurisdiction", "XX")
    assert (code, "'XX' is none of the jurisdictions" in err) == (2, True)


def test_the_reasons_may_come_from_standard_input(habeas, submit, monkeypatch, tmp_path):
    """So that they are in no shell's history; and they are nowhere in the clear."""

    class Typed:
        def read(self, _limit):
            return "Ada's brother Charles"

    monkeypatch.setattr(sys, "stdin", Typed())
    code, out, _ = habeas("refuse", submit(), "--ground", "unfounded", "--reason", "-")
    assert (code, "refused" in out) == (0, True)
    assert not any(b"Charles" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_the_list_has_only_the_columns_that_say_anything_and_what_a_request_waits_for(habeas, submit):
    submit()
    listed = habeas("list")[1]
    assert "left" in listed
    assert "last letter" not in listed
    assert "to decide" not in listed
    assert "your check who asks" in habeas("list", "--due")[1]
