"""Opting out by a link: what its owner wants is taken in like any other request, once however often they click.

That the link was followed proves the identity: it was sent to that address and nowhere else.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Literal, cast
from uuid import UUID

from habeas.domain.cases import Case, CaseState
from habeas.domain.opting_out import OptOut
from habeas.domain.processing import Purpose
from habeas.domain.requests import IdentityCheck
from habeas.domain.subjects import Identifier
from habeas.domain.suppression import address_of, reason_to_suppress
from habeas.errors import UserError
from habeas.ports import Clock
from habeas.storage import cases
from habeas.storage.database import Database
from habeas.vault.fingerprints import Fingerprints
from habeas.vault.links import LinkSeal
from producers.intake import AlreadyTakenError, Intake, Submission
from producers.suppression import SuppressionList

ACTOR = "link"
SAME_FOR = timedelta(days=1)
"""For so long a further click is the same request, also once that is answered."""


class OptingOut:
    """Makes links, reads them, and does what they say."""

    def __init__(
        self,
        *,
        url: str,
        purposes: Sequence[Purpose],
        intake: Intake,
        suppression_list: SuppressionList,
        seal: LinkSeal,
        fingerprints: Fingerprints,
        database: Database,
        clock: Clock,
        language: str | None,
    ) -> None:
        """`url` is where the page is served; a link is that and a token.

        `language` is that of every answer, where the law wants one; else it is the link's.
        """
        self._url = url.rstrip("/")
        self._purposes = purposes
        self._intake = intake
        self._suppression_list = suppression_list
        self._seal = seal
        self._fingerprints = fingerprints
        self._database = database
        self._clock = clock
        self._language = language

    def link(self, address: str, *, purposes: frozenset[str] = frozenset(), language: str | None = None) -> str:
        """The link for whoever has that e-mail address or phone number. Raises UserError if it is neither."""
        found = address_of(address)
        if found is None:
            raise UserError("a link is for an e-mail address or a phone number with its country code")
        return f"{self._url}/{self._seal.seal(OptOut(found, purposes, language).to_bytes())}"

    def read(self, token: str) -> OptOut | None:
        """What a link says; None if it is none of ours, or what it ends is no purpose of the register any more."""
        content = self._seal.open(token)
        if content is None:
            return None
        told = OptOut.of_bytes(content)
        return told if len(told.named(self._purposes)) == len(told.purposes) else None

    def carry_out(self, told: OptOut) -> str:
        """See to what a link says; the id of the request, an earlier one if it was clicked before.

        Whom it ends marketing for is on the list at once, before any system is asked. Raises RetriableError or
        SystemDownError if it can't be done now.
        """
        reason = reason_to_suppress(told.wish, self._purposes)
        request_id, is_new = self._request(told, must_be_listed=reason is not None)
        if not is_new:
            return request_id
        if reason is not None:
            self._suppression_list.add([told.address.value], actor=ACTOR, reason=reason.value)
        submission = Submission(
            told.wish.right,
            (told.address,),
            IdentityCheck.LINK,
            cast("Literal['en', 'sv', 'tr'] | None", self._language or told.language),
            wish=told.wish,
            channel="link",
            request_id=request_id,
        )
        with suppress(AlreadyTakenError):  # two clicks at once
            self._intake.submit([submission], actor=ACTOR)
        return request_id

    def _request(self, told: OptOut, *, must_be_listed: bool) -> tuple[str, bool]:
        """The id of the request that this is, and whether it is one that has not been taken in yet."""
        mac = self._fingerprints.of([told.address])[told.address]
        number = 0
        while True:
            request_id = _request_id(mac, told, number)
            with self._database.reading() as connection:
                case = cases.fetch(connection, request_id)
            if case is None:
                return request_id, True
            if self._is_same(case) and (not must_be_listed or self._is_listed(told.address)):
                return request_id, False
            number += 1

    def _is_same(self, case: Case) -> bool:
        if case.state in {CaseState.REFUSED, CaseState.WITHDRAWN}:
            return False
        return not case.state.closed or self._clock.now() - case.opened_at < SAME_FOR

    def _is_listed(self, address: Identifier) -> bool:
        return bool(self._suppression_list.check([address.value]))


def _request_id(mac: bytes, told: OptOut, number: int) -> str:
    """The same for the same person, wish and number, and nobody's without the key; a UUID like any other."""
    digest = hashlib.sha256(b"\0".join([mac, told.what.encode(), str(number).encode()])).digest()
    return str(UUID(bytes=digest[:16], version=4))
