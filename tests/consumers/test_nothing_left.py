"""When all times are over not one byte of the person is left in the installation, but for what the design names."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from consumers.delivery.again import DeliveryAgain
from habeas.cli import custody_words
from habeas.domain.accountability import accountability
from habeas.domain.requests import IdentityCheck, RefusalGround, Right
from habeas.domain.reviews import Verdict
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.words import Words
from habeas.errors import UserError
from habeas.storage import audit, cases
from habeas.storage.tables import metadata
from habeas.testing.canaries import CANARIES, found, searched
from habeas.testing.notebook import Note, UndoableNotebook
from habeas.vault.fingerprints import Fingerprints
from producers.intake import Submission
from producers.reviewing import Choice

NAME, EMAIL = CANARIES[0], CANARIES[2]
WHO = (identifier(IdentifierKind.EMAIL, EMAIL), identifier(IdentifierKind.NAME, NAME))
DAY_S = 86_400


class Planted:
    """A person with unusual names asks for a copy, for erasure, and for what is refused."""

    def __init__(self, new_pipeline, **options):
        self.crm = UndoableNotebook([Note("1", EMAIL, NAME), Note("2", EMAIL, NAME, weak=True)])
        self.pipeline = new_pipeline({"crm": self.crm}, **options)
        self.access, self.erasure = self.ask(Right.ACCESS), self.ask(Right.ERASURE)
        self.refused = self.refuse()
        for request in (self.access, self.erasure):
            self.decide(request)

    @property
    def habeas(self):
        return self.pipeline.habeas

    def ask(self, right, check=IdentityCheck.LOGIN):
        (receipt,) = self.habeas.intake.submit([Submission(right, WHO, check)], actor="tester")
        self.pipeline.run()
        return receipt.request_id

    def refuse(self):
        request = self.ask(Right.RESTRICTION, check=None)
        words = Words(f"{NAME} asks every week")
        self.habeas.correspondence.refuse(
            request, RefusalGround.EXCESSIVE, words, on=self.pipeline.clock.today(), actor="dpo"
        )
        self.pipeline.run()
        return request

    def decide(self, request):
        for item in self.habeas.reviewing.items(self.pipeline.case(request)):
            choice = Choice(labels=[item.label])
            self.habeas.reviewing.decide(request, choice, Verdict.OTHER_PERSON, reason=f"not {NAME}", actor="dpo")
        self.pipeline.run()

    def days(self, days):
        self.pipeline.clock.advance(days * DAY_S)
        self.pipeline.run()

    def lines(self, request):
        return custody_words.holding(self.habeas, self.pipeline.case(request)).lines()


@pytest.fixture
def planted(new_pipeline):
    return Planted(new_pipeline)


def everything(planted, state_url):
    """All files of the installation; of a database server every row."""
    root = planted.pipeline.settings.root
    finds, size = searched([root])
    assert size > 10_000
    rows = _rows(state_url) if state_url.startswith("postgresql") else b""
    return finds, rows


def _rows(url):
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return b"".join(
            bytes(block)
            for table in metadata.tables
            for block in connection.cursor().copy(f'COPY "{table}" TO STDOUT').__enter__()
        )


def test_nothing_is_left(state_url, new_pipeline):
    planted = Planted(new_pipeline, state_url=state_url)
    macs = list(Fingerprints(planted.habeas.keys).of(WHO[:1]).values())
    finds, rows = everything(planted, state_url)
    assert finds or found(rows), "an operator's words in the audit trail are found, or the search proves nothing"
    planted.days(100)
    planted.days(2_192 - 99)
    finds, rows = everything(planted, state_url)
    assert finds == {}
    assert found(rows) == set()
    assert not any(mac in rows or mac.hex().encode() in rows for mac in macs)
    assert not any(mac in file.read_bytes() for mac in macs for file in _files(planted))
    vault = planted.pipeline.settings.root / "data" / "vault"
    assert _files(planted, vault) == []
    assert _files(planted, planted.pipeline.settings.root / "answers") == []


def _files(planted, root: Path | None = None):
    return [path for path in (root or planted.pipeline.settings.root).rglob("*") if path.is_file()]


def test_the_record_of_what_was_done_stays_and_tells_it(planted):
    """As law C30 demands (Article 5(2))."""
    for days in (30, 70, 2_093):
        planted.days(days)
    with planted.habeas.database.reading() as connection:
        told = {
            request: accountability(cases.fetch(connection, request), cases.timeline(connection, request))
            for request in (planted.access, planted.erasure, planted.refused)
        }
        actions = [row.action for row in audit.of_request(connection, planted.erasure)]
    access, erasure, refused = (told[each] for each in (planted.access, planted.erasure, planted.refused))
    assert (access.right, access.identity_check, access.received_on) == (
        "access",
        "login",
        datetime(2026, 3, 2, tzinfo=UTC).date(),
    )
    assert [each.supplement for each in access.answers] == [None, 1]
    assert all(each.delivered_on and len(each.digest) == 64 for each in access.answers)
    assert erasure.systems[0].done == {"erased": 1}
    assert erasure.decisions == 1
    assert refused.ended == (("refused (excessive)", access.received_on),)
    assert UUID(access.person)
    assert actions == [
        "request.submitted",
        "review.decided",
        "originals.destroyed",
        "answer.removed",
        "answer.shredded",
        "identity.shredded",
    ]
    assert planted.lines(planted.erasure) == [
        "All that was sealed for this request was shredded on 03 March 2032. This record, without personal data, stays."
    ]


def test_what_is_held_is_told_at_every_stage(planted):
    assert planted.lines(planted.access) == ["The answer and what was found are sealed until 10 June 2026."]
    (line,) = planted.lines(planted.erasure)
    assert line.endswith("10 June 2026, and for as long as it is needed: it can be undone until 16 March 2026.")
    planted.days(101)
    assert planted.lines(planted.access) == [
        "The answer and what was found were shredded on 11 June 2026.",
        "Who asked is sealed until 02 March 2032.",
    ]
    with pytest.raises(UserError, match="crm: the grace time ended on 16 March 2026"):
        planted.habeas.undo.request(planted.erasure, reason="the wrong person", actor="dpo")
    with pytest.raises(UserError, match="was shredded on 11 June 2026"):
        planted.habeas.reviewing.items(planted.pipeline.case(planted.erasure), referred=True)


def test_a_readable_answer_is_removed_and_can_be_had_again_for_as_long(planted):
    folder = planted.pipeline.settings.root / "answers" / f"access-{planted.access}"
    again = DeliveryAgain(
        folder.parent, database=planted.habeas.database, vault=planted.habeas.vault, clock=planted.pipeline.clock
    )
    before = {path.name: path.read_bytes() for path in folder.rglob("*.*")}
    planted.days(29)
    assert folder.exists()
    planted.days(1)
    assert not folder.exists()
    assert again.deliver(planted.access, actor="dpo") == folder
    assert {path.name: path.read_bytes() for path in folder.rglob("*.*")} == before
    planted.days(29)
    assert folder.exists()
    planted.days(1)
    assert not folder.exists()
    planted.days(60)
    with pytest.raises(UserError, match="was shredded"):
        again.deliver(planted.access, actor="dpo")
