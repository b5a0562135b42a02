"""`habeas recipients`, and what `habeas doctor` says of recipients: for whoever has to tell them, and to prove it."""

import base64
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from habeas.cli import app
from habeas.domain.requests import Right
from habeas.settings_sections import WebhookSettings
from habeas.testing.notebook import Note, Notebook
from habeas.testing.services.webhook_server import running_webhook

ADA = "ada@example.org"
RECIPIENTS = """
  - id: payroll
    name: Northgate Payroll Ltd
    text: {en: Payroll}
    notify: {webhook: "URL"}
  - id: advisers
    text: {en: Advisers}
  - id: bankers
    text: {en: Bankers}
    categories: [financial]
"""
SETTINGS = """
[systems.crm]
kind = "held"
title = "Crm"

[webhooks]
secret_files.payroll = "secret"
"""


class Office:
    """An erasure that is answered, and the command line in its folder."""

    def __init__(self, new_pipeline, hook):
        self.pipeline = new_pipeline(
            {"crm": Notebook([Note("1", ADA)])},
            recipients=RECIPIENTS.replace("URL", hook.url),
            webhooks=WebhookSettings(secret_files={"payroll": "secret"}),
        )
        self.root: Path = self.pipeline.settings.root
        (self.root / "secret").write_bytes(base64.b64encode(b"k" * 32))
        (self.root / "habeas.toml").write_text(SETTINGS)

    def ask(self, right):
        request = self.pipeline.submit(right, ADA)
        self.pipeline.run()
        return request

    def run(self, *words):
        return CliRunner().invoke(app, ["--config", str(self.root / "habeas.toml"), *words])

    def recipients_by_doctor(self):
        checked = self.run("doctor", "--json")
        [found] = [each for each in json.loads(checked.output) if each["part"] == "recipients"]
        return found["problems"]


@pytest.fixture
def office(new_pipeline):
    with running_webhook() as hook:
        yield Office(new_pipeline, hook)


def test_who_was_told_is_listed_to_be_handed_on(office):
    """law C19: listed on request, without an address, and whom to tell yet with the word that notes it."""
    request = office.ask(Right.ERASURE)
    shown = office.run("recipients", request[:8])
    assert shown.exit_code == 0
    words = " ".join(shown.output.split())
    assert all(each in words for each in ("Northgate Payroll", "Advisers", "not yet"))
    assert "by webhook" in words
    assert "--told advisers" in words
    assert "Left to you are: advisers." in words
    assert not any(each in shown.output for each in ("127.0.0.1", ADA, "Bankers"))


def test_who_was_told_by_a_person_is_noted_once(office):
    request = office.ask(Right.ERASURE)
    assert "Left to you" not in office.run("recipients", request, "--told", "advisers").output
    told = json.loads(office.run("recipients", request, "--json").output)["recipients"]
    assert [(each["id"], each["state"], each["how"]) for each in told] == [
        ("payroll", "told", "webhook"),
        ("advisers", "told", "person"),
    ]
    again = office.run("recipients", request, "--told", "advisers")
    assert "already" in str(again.exception)
    assert again.exception.exit_code == 2


def test_a_recipient_that_there_is_not_is_answered_with_those_that_there_are(office):
    request = office.ask(Right.ERASURE)
    wrong = office.run("recipients", request, "--told", "bankers")
    assert "there are: advisers, payroll" in str(wrong.exception)
    assert wrong.exception.exit_code == 4


def test_where_nothing_was_changed_there_is_nobody_to_tell(office):
    assert "no recipient had to be told" in office.run("recipients", office.ask(Right.ACCESS)).output


@pytest.mark.parametrize(
    ("breaking", "problem"),
    [
        (lambda root: (root / "secret").unlink(), "FileNotFoundError"),
        (lambda root: (root / "secret").write_text("short"), "openssl rand"),
        (lambda root: replace(root, 'secret_files.payroll = "secret"', ""), "webhooks.secret_files.payroll is missing"),
        (lambda root: replace(root, "[webhooks]", '[webhooks]\nca_file = "none.pem"'), "ca_file: FileNotFoundError"),
    ],
    ids=["no file", "too short", "not named", "no authority"],
)
def test_the_doctor_says_what_is_missing_to_tell_a_recipient(office, breaking, problem):
    assert office.recipients_by_doctor() == []
    breaking(office.root)
    [found] = office.recipients_by_doctor()
    assert problem in found["what"]
    assert "docs/recipients.md" in found["remedy"]


def replace(root, old, new):
    settings = root / "habeas.toml"
    settings.write_text(settings.read_text().replace(old, new))


def test_what_the_doctor_finds_and_how_to_mend_it_are_both_to_be_read(office):
    """On a narrow terminal, and in a file."""
    (office.root / "secret").unlink()
    told = office.run("doctor").output
    assert "webhooks.secret_fi" in told
    assert "docs/recipients.md" in told
