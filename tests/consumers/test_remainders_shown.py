"""What an operator sees of what an answer left out: on the page of the request, in the list, in the report."""

import json
import sys
from contextlib import nullcontext

import pytest

from habeas.__main__ import main
from habeas.cli.session import Session


@pytest.fixture
def habeas(monkeypatch, capsys):
    """Runs a command in an installation; what it prints, on one line."""

    def run(of, *words):
        monkeypatch.setattr(Session, "opened", lambda _self, **_: nullcontext(of.pipeline.habeas))
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setattr(sys, "argv", ["habeas", *words])
        capsys.readouterr()  # what the roles have logged
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        assert not end.value.code, printed.err
        return " ".join(printed.out.split())

    return run


def test_the_page_says_what_is_owed_until_it_is_told(incomplete, habeas):
    shown = habeas(incomplete, "show", incomplete.request)
    assert "Answered without Archive, Crm" in shown
    assert "answer put together, without crm, archive" in shown
    assert json.loads(habeas(incomplete, "show", incomplete.request, "--json"))["answered_without"] == [
        "archive",
        "crm",
    ]
    incomplete.back(incomplete.crm)
    shown = habeas(incomplete, "show", incomplete.request)
    assert "Answered without Archive:" in shown
    assert "further answer 1 delivered into the folder" in shown
    incomplete.mend(incomplete.archive)
    incomplete.pipeline.clock.advance(86_400)
    incomplete.pipeline.run(without=frozenset({"answer.worker"}))
    assert "A further answer is on its way, with Archive." in habeas(incomplete, "show", incomplete.request)
    incomplete.pipeline.run()
    assert "nswer is on its way" not in habeas(incomplete, "show", incomplete.request)
    assert "Answered without" not in habeas(incomplete, "show", incomplete.request)


def test_the_list_has_those_to_whom_something_is_owed(incomplete_anywhere, habeas):
    """On SQLite and on PostgreSQL."""
    incomplete = incomplete_anywhere
    incomplete.mend(incomplete.crm)
    whole = incomplete.pipeline.submit(incomplete.case().right, "bo@example.org")
    incomplete.days(1)

    def listed(*options):
        return {row["request_id"] for row in json.loads(habeas(incomplete, "list", "--json", *options))}

    assert listed("--incomplete") == {incomplete.request}
    assert listed() == {incomplete.request, whole}
    assert "archive given up" in habeas(incomplete, "list", "--incomplete")
    incomplete.back(incomplete.archive)
    assert listed("--incomplete") == set()
    assert "No such requests" in habeas(incomplete, "list", "--incomplete")


def test_the_report_tells_what_each_answer_left_out_and_added_and_whether_in_time(incomplete, habeas):
    """law C30: to be shown when all else is gone."""
    incomplete.back(incomplete.crm)
    incomplete.back(incomplete.archive, days=20)
    told = habeas(incomplete, "report", incomplete.request)
    first, _, rest = told.partition("further answer 1")
    one, _, two = rest.partition("further answer 2")
    assert ", without crm, archive," in first
    assert ", with crm, without archive," in one
    assert "(late)" not in one
    assert "(late), with archive," in two
    answers = json.loads(habeas(incomplete, "report", incomplete.request, "--json"))["answers"]
    assert [(each["without"], each["adds"]) for each in answers] == [
        (["crm", "archive"], []),
        (["archive"], ["crm"]),
        ([], ["archive"]),
    ]
