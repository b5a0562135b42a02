"""An operator takes a complaint in, tells how it stands, and closes it."""

import io
import json
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
    monkeypatch.setenv("HABEAS_ACTOR", "olga")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words, typed=""):
        monkeypatch.setattr(sys, "argv", ["habeas", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
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
def opened(habeas):
    """Takes a complaint in; its id."""

    def run(*options, days_ago=0):
        received = (TODAY - timedelta(days=days_ago)).isoformat()
        who = () if "--request" in options else ("--email", "a@example.org", "--name", "Ada Sample")
        text = ("--text", "You never answered.", "--received", received, "--json")
        code, out, err = habeas("complaint", "open", *who, *text, *options)
        assert code == 0, err
        return json.loads(out)["complaint_id"]

    return run


def test_the_list_says_which_are_to_be_acknowledged_and_which_have_an_outcome(habeas, opened):
    late, told, closed = opened("--no-acknowledge", days_ago=60), opened(), opened()
    code, out, _ = habeas("complaint", "close", closed[:8], "--outcome", "partly", "--text", "-", typed="Half of it.")
    assert code == 0
    assert "upheld in part" in out
    rows = {each["complaint_id"]: each for each in json.loads(habeas("complaint", "list", "--json")[1])}
    assert rows[closed]["outcome"] == "partly"
    assert rows[told]["acknowledged_on"] == TODAY.isoformat()
    due = habeas("complaint", "list", "--due")[1]
    assert due.index(late[:8]) < due.index(told[:8])
    assert "days late" in due
    assert closed[:8] not in due
    assert habeas("complaint", "acknowledge", late)[0] == 0
    assert json.loads(habeas("complaint", "show", late, "--json")[1])["acknowledged_late"] is True


def test_show_tells_what_was_done_and_by_whom_and_the_words_only_if_asked(habeas, opened):
    id_ = opened()
    assert habeas("complaint", "progress", id_, "--text", "We are reading [mails].")[0] == 0
    _, out, _ = habeas("complaint", "show", id_)
    assert "acknowledged on" in out
    assert "told on" in out
    assert "olga" in out
    assert "You never answered." not in out
    _, out, _ = habeas("complaint", "show", id_, "--words")
    assert "You never answered." in out
    assert "We are reading [mails]." in out
    timeline = json.loads(habeas("complaint", "show", id_, "--words", "--json")[1])["timeline"]
    assert [each.get("words") for each in timeline] == ["You never answered.", None, "We are reading [mails]."]


def test_a_complaint_about_a_request_needs_no_name_and_is_not_listed_among_requests(habeas, opened):
    code, out, err = habeas("submit", "access", "--email", "a@example.org", "--json")
    assert code == 0, err
    request = json.loads(out)["request_id"]
    id_ = opened("--request", request[:8])
    assert json.loads(habeas("complaint", "show", id_, "--json")[1])["about"] == request
    assert [each["request_id"] for each in json.loads(habeas("list", "--json")[1])] == [request]
    code, _, err = habeas("show", id_)
    assert code == 4
    assert "habeas complaint show" in err
    code, _, err = habeas("complaint", "show", request)
    assert code == 4
    assert "is a request" in err


def test_elsewhere_no_law_sets_the_day(habeas):
    words = ("complaint", "open", "--name", "Ada", "--text", "x", "--no-acknowledge", "--jurisdiction")
    assert "section 164A" in habeas(*words, "GB-SCT")[1]
    assert "no law sets the day" in habeas(*words, "SE")[1]
    assert habeas(*words, "XX")[0] == 2


def test_everything_of_a_complaint_can_be_destroyed_at_once(habeas, opened):
    id_ = opened()
    assert habeas("keys", "destroy", id_, "--yes")[0] == 2
    assert habeas("keys", "destroy", id_, "--yes", "--force")[0] == 0
    assert "You never answered." not in habeas("complaint", "show", id_, "--words")[1]
