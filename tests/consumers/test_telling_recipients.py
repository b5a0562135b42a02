"""Whoever has received data that is changed is told of it, once, and each attempt is on record (Article 19)."""

import base64
from email.utils import parseaddr

import pytest

from consumers.delivery import recipients as telling
from habeas.domain.cases import CaseState
from habeas.domain.recipients import NoticeState
from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.reviews import Verdict
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.wishes import Wish
from habeas.errors import UserError
from habeas.eventlog.interface import Message
from habeas.settings_sections import MailSettings, WebhookSettings
from habeas.storage.dead_letters import Selection
from habeas.testing.notebook import Note, Notebook, UndoableNotebook
from habeas.testing.services.smtp_server import running_smtp
from habeas.testing.services.webhook_server import running_webhook
from producers.intake import Submission
from producers.reviewing import Choice
from schemas.recipients import RecipientFailed, RecipientNotified, RecipientsNamed

ADA = "ada@example.org"
RECIPIENTS = """
  - id: payroll
    name: Northgate Payroll Ltd
    text: {en: Payroll}
    categories: [contact]
    notify: {webhook: "URL"}
  - id: auditors
    text: {en: Our auditors}
    notify: {email: privacy@auditors.example, systems: [crm]}
  - id: bankers
    text: {en: Our bankers}
    categories: [financial]
    notify: {email: privacy@bankers.example}
  - text: {en: Advisers}
"""


class Office:
    """A pipeline whose recipients have a webhook, a mail box, and nothing."""

    def __init__(self, new_pipeline, hook, smtp=None, notes=None, **options):
        self.hook, self.smtp = hook, smtp
        self.crm = UndoableNotebook(notes or [Note("1", ADA, "private words")])
        self.billing = Notebook([Note("7", ADA)])
        self.pipeline = new_pipeline(
            {"crm": self.crm, "billing": self.billing},
            recipients=RECIPIENTS.replace("URL", hook.url),
            webhooks=WebhookSettings(secret_files={"payroll": "secret"}),
            mail=MailSettings(host="127.0.0.1", port=smtp.port, tls="none") if smtp else MailSettings(),
            **options,
        )
        (self.pipeline.settings.root / "secret").write_bytes(base64.b64encode(b"k" * 32))

    def ask(self, right=Right.ERASURE, email=ADA, **wish):
        who = (identifier(IdentifierKind.EMAIL, email), identifier(IdentifierKind.NAME, "Ada Sample"))
        submission = Submission(right, who, IdentityCheck.LOGIN, wish=Wish(right, **wish))
        self.request = self.pipeline.habeas.intake.submit([submission], actor="tester")[0].request_id
        self.pipeline.run()
        return self.request

    @property
    def notices(self):
        """By recipient, of the request that was asked last."""
        return {each.named.recipient: each for each in self.pipeline.case(self.request).notifying.notices}

    def states(self):
        return {name: each.state for name, each in self.notices.items()}

    def until(self, state, recipient="payroll", *, step_s=60.0):
        self.pipeline.run_until(lambda: self.states().get(recipient) is state, step_s=step_s)


@pytest.fixture
def hook():
    with running_webhook() as server:
        yield server


@pytest.fixture
def smtp():
    with running_smtp() as server:
        yield server


@pytest.fixture
def office(new_pipeline, hook, smtp):
    return Office(new_pipeline, hook, smtp)


@pytest.fixture
def anywhere(state_url, new_pipeline, hook, smtp):
    return Office(new_pipeline, hook, smtp, state_url=state_url)


def test_each_recipient_of_what_was_erased_is_told_once_in_its_own_way(anywhere):
    """law C19: erasure reaches whoever has received the data, and the record says who was told."""
    anywhere.ask()
    [notice] = anywhere.hook.notices
    assert notice["reference"] == anywhere.request
    assert notice["person"] == {"name": "Ada Sample", "identifiers": [{"kind": "email", "value": ADA}]}
    assert [(each["done"], each["asked"], each["categories"]) for each in notice["actions"]] == [
        ("erased", "erase", ["contact"])  # of the profile it has received nothing
    ]
    [mail] = anywhere.smtp.taken
    text = mail.get_body(("plain",)).get_content()
    assert mail["To"] == "privacy@auditors.example"
    assert parseaddr(mail["From"])[1] == "info@customsconnect.eu"
    assert all(each in " ".join(text.split()) for each in ("Ada Sample", ADA, anywhere.request, "erase", "Article 19"))
    assert "private words" not in text + str(notice)
    states = anywhere.states()
    assert (states.pop("payroll"), states.pop("auditors")) == (NoticeState.TOLD, NoticeState.TOLD)
    assert list(states.values()) == [NoticeState.BY_HAND]  # the advisers; the bankers received nothing of it


@pytest.mark.parametrize(("right", "done"), [(Right.ERASURE, "erased"), (Right.RESTRICTION, "restricted")])
def test_what_was_done_in_several_systems_is_told_together(office, right, done):
    """law C19: restriction is told as erasure is; one notice for each request and recipient."""
    office.ask(right)
    assert [each["done"] for notice in office.hook.notices for each in notice["actions"]] == [done]
    [named] = office.pipeline.events(RecipientsNamed)
    assert len(named.covers) == 2


def test_a_copy_is_nothing_to_tell_recipients(office):
    office.ask(Right.ACCESS)
    assert office.states() == {}
    assert office.hook.received == [] == office.pipeline.events(RecipientsNamed)


def test_events_that_come_again_tell_nobody_again(office):
    office.ask()
    for topic in ("dsr.completions", "dsr.responses", "dsr.requests"):
        again = [Message(each.topic, each.key, each.value, each.headers) for each in office.pipeline.records(topic)]
        office.pipeline.habeas.event_log.append(again)
        office.pipeline.run()
    assert (len(office.hook.received), len(office.smtp.taken)) == (1, 1)


def test_nothing_about_the_person_or_of_addresses_is_on_the_log(office):
    office.hook.script = [503]
    office.ask()
    office.until(NoticeState.TOLD)
    for topic in ("dsr.requests", "dsr.completions", "dsr.responses", "dsr.status", "dsr.dead-letters"):
        for record in office.pipeline.records(topic):
            told = bytes(record.value or b"") + bytes(record.key or b"")
            assert not [each for each in (b"Ada", b"ada@", b"example", b"127.0.0.1") if each in told]


def test_a_recipient_that_fails_is_tried_again_under_the_same_id_and_each_attempt_is_on_record(anywhere):
    """law C19: attempts and their outcomes are recorded."""
    anywhere.hook.script = [503, "hang up"]
    anywhere.ask()
    assert anywhere.states()["payroll"] is NoticeState.WAITING
    anywhere.until(NoticeState.TOLD)
    assert {headers["webhook-id"] for headers, _ in anywhere.hook.received} == {
        str(anywhere.notices["payroll"].named.notice)
    }
    failed = sorted(anywhere.pipeline.events(RecipientFailed), key=lambda each: each.attempt)
    assert [(each.attempt, each.why) for each in failed] == [
        (1, "status 503"), (2, "it broke off, or was late: RemoteDisconnected")
    ]  # fmt: skip
    [told] = [each for each in anywhere.pipeline.events(RecipientNotified) if each.recipient == "payroll"]
    assert (told.attempts, told.channel) == (3, "webhook")
    assert anywhere.pipeline.case(anywhere.request).state is CaseState.DELIVERED


def test_one_that_refuses_becomes_a_dead_letter_that_can_be_replayed(office):
    office.hook.script = [410]
    office.ask()
    assert (office.states()["payroll"], office.states()["auditors"]) == (NoticeState.FAILED, NoticeState.TOLD)
    assert office.pipeline.case(office.request).state is CaseState.NEEDS_ATTENTION
    office.pipeline.habeas.replay.replay(Selection(), actor="tester")
    office.pipeline.run()
    assert office.states()["payroll"] is NoticeState.TOLD
    assert office.pipeline.case(office.request).state is CaseState.DELIVERED
    assert len(office.smtp.taken) == 1


def test_too_many_attempts_end_in_a_dead_letter(office):
    office.hook.script = [503] * 20
    office.ask()
    office.until(NoticeState.FAILED)
    assert len(office.hook.received) == 3  # work.attempts_max of these tests


def test_one_that_is_down_holds_up_nobody_and_uses_up_no_attempts_for_a_week(new_pipeline, smtp):
    with running_webhook() as gone:
        pass
    office = Office(new_pipeline, gone, smtp)
    office.ask()
    assert office.states()["auditors"] is NoticeState.TOLD
    for _ in range(6):
        office.pipeline.clock.advance(4 * 3_600)
        office.pipeline.run()
    assert office.states()["payroll"] is NoticeState.WAITING
    assert len(office.pipeline.events(RecipientFailed)) == 1  # looking whether it is back is no news
    office.pipeline.clock.advance(telling.UNREACHABLE_MAX.total_seconds())
    office.pipeline.run()
    assert office.states()["payroll"] is NoticeState.FAILED


def test_without_a_mail_server_a_letter_lies_ready_for_a_person_who_says_when_it_was_sent(
    state_url, new_pipeline, hook
):
    office = Office(new_pipeline, hook)
    office.ask()
    [folder] = office.pipeline.settings.root.glob(f"answers/erasure-{office.request}/recipient-*")
    assert (folder.name, sorted(each.name for each in folder.iterdir())) == (
        "recipient-auditors",
        ["letter.html", "letter.pdf", "letter.txt"],
    )
    assert (office.states()["auditors"], office.notices["auditors"].laid_down) == (NoticeState.BY_HAND, True)
    for name in list(office.states()):
        if office.states()[name] is NoticeState.BY_HAND:
            office.pipeline.habeas.recipients.note_told(office.request, name, actor="dpo")
    office.pipeline.run()
    assert set(office.states().values()) == {NoticeState.TOLD}
    with pytest.raises(UserError, match="already"):
        office.pipeline.habeas.recipients.note_told(office.request, "auditors", actor="dpo")


def test_what_a_review_erases_later_is_told_by_a_further_notice(new_pipeline, hook, smtp):
    notes = [Note("1", ADA), Note("2", ADA, weak=True)]
    office = Office(new_pipeline, hook, smtp, notes)
    office.ask()
    label = office.pipeline.habeas.reviewing.items(office.pipeline.case(office.request))[0].label
    choice = Choice(labels=[label])
    office.pipeline.habeas.reviewing.decide(office.request, choice, Verdict.SAME_PERSON, reason="looked", actor="dpo")
    office.pipeline.run()
    first, second = office.hook.notices
    assert first["id"] != second["id"]
    assert second["reference"] == office.request
    assert [each.run for each in sorted(office.pipeline.events(RecipientsNamed), key=lambda each: each.run)] == [1, 2]


def test_an_erasure_that_was_undone_is_told_to_whoever_was_told_of_it(office):
    office.ask()
    office.pipeline.habeas.undo.request(office.request, reason="the wrong Ada", actor="dpo")
    office.pipeline.run()
    assert [each["asked"] for notice in office.hook.notices for each in notice["actions"]] == [
        "erase",
        "disregard-erasure",
    ]


def test_a_secret_that_is_missing_sends_nothing_unsigned(office):
    (office.pipeline.settings.root / "secret").unlink()
    office.ask()
    office.until(NoticeState.FAILED)
    assert office.hook.received == []
    assert {each.why for each in office.pipeline.events(RecipientFailed)} == {"ConfigurationError"}


@pytest.mark.parametrize("place", ["recipient.sent", "recipient.before_commit", "recipient.after_commit"])
def test_a_crash_while_telling_repeats_the_notice_at_most_and_under_the_same_id(office, monkeypatch, place):
    class Died(BaseException):
        pass

    def die(name):
        if name == place:
            raise Died

    monkeypatch.setattr(telling.failpoints, "reach", die)
    with pytest.raises(Died):
        office.ask()
    monkeypatch.undo()
    office.request = str(office.pipeline.events(RecipientsNamed)[0].request_id)
    office.until(NoticeState.TOLD)
    office.until(NoticeState.TOLD, "auditors")
    assert len({headers["webhook-id"] for headers, _ in office.hook.received}) == 1
    assert len({mail["Message-ID"] for mail in office.smtp.taken}) == 1
    again = len(office.hook.received) + len(office.smtp.taken) - 2
    assert again == (0 if place == "recipient.after_commit" else 1)


@pytest.mark.parametrize("place", ["recipients.before_commit", "recipients.after_commit"])
def test_a_crash_while_naming_names_everybody_once(office, monkeypatch, place):
    class Died(BaseException):
        pass

    def die(name):
        if name == place:
            raise Died

    monkeypatch.setattr(telling.failpoints, "reach", die)
    with pytest.raises(Died):
        office.ask()
    monkeypatch.undo()
    office.pipeline.run_until(lambda: len(office.hook.received) == 1, step_s=120)
    assert len(office.pipeline.events(RecipientsNamed)) == 1
