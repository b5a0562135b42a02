"""Whoever was told to store data only is told when it may be used again (Article 19)."""

import base64
from datetime import timedelta

import pytest

from habeas.domain.requests import Right
from habeas.domain.words import Words
from habeas.settings_sections import WebhookSettings
from habeas.testing.notebook import Note, Notebook
from habeas.testing.services.webhook_server import running_webhook
from schemas.recipients import RecipientsNamed

ADA = "ada@example.org"
RECIPIENTS = """
  - id: payroll
    text: {en: Payroll}
    categories: [contact]
    notify: {webhook: "URL"}
  - id: bankers
    text: {en: Our bankers}
    categories: [financial]
  - id: advisers
    text: {en: Advisers}
"""


class Restricted:
    """Ada's restriction is answered, and the payroll bureau is told by its webhook, the advisers by a person."""

    def __init__(self, new_pipeline, hook):
        self.hook = hook
        self.pipeline = new_pipeline(
            {"crm": Notebook([Note("1", ADA)]), "billing": Notebook([Note("2", ADA)])},
            recipients=RECIPIENTS.replace("URL", hook.url),
            webhooks=WebhookSettings(secret_files={"payroll": "secret"}),
        )
        (self.pipeline.settings.root / "secret").write_bytes(base64.b64encode(b"k" * 32))
        self.request = self.restrict()

    def restrict(self):
        request = self.pipeline.submit(Right.RESTRICTION, ADA)
        self.pipeline.run()
        return request

    def lift(self, request):
        self.pipeline.habeas.lifting.announce(request, Words("It is settled."), actor="dpo")
        self.pipeline.run()
        self.pipeline.clock.advance(timedelta(days=14).total_seconds())
        self.pipeline.run()

    def told(self):
        return [
            (notice["reference"], *(each[name] for name in ("done", "asked", "categories")))
            for notice in self.hook.notices
            for each in notice["actions"]
        ]


@pytest.fixture
def restricted(new_pipeline):
    with running_webhook() as hook:
        yield Restricted(new_pipeline, hook)


def test_whoever_was_told_of_the_restriction_hears_that_it_is_lifted(restricted):
    """law C19: both systems' together, once, and nobody who had not received any of it."""
    restricted.lift(restricted.request)
    assert restricted.told() == [
        (restricted.request, "restricted", "store-only", ["contact"]),
        (restricted.request, "lifted", "use-again", ["contact"]),
    ]
    _, second = restricted.pipeline.events(RecipientsNamed)
    assert len(second.covers) == 2
    assert [(each.recipient, each.channel, each.fates) for each in second.recipients] == [
        ("payroll", "webhook", ("lifted",)),
        ("advisers", "person", ("lifted",)),
    ]


def test_nobody_is_told_to_use_again_what_another_request_needs_restricted(restricted):
    """It is told when the last one is lifted, though it was the first that had restricted it."""
    other = restricted.restrict()
    restricted.lift(restricted.request)
    assert [done for _, done, _, _ in restricted.told()] == ["restricted"]
    restricted.lift(other)
    assert restricted.told()[1:] == [(other, "lifted", "use-again", ["contact"])]
