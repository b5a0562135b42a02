"""Forwards a request to the clients who decide about what is held for them (Article 28(3)(e)), with the answer.

A client is told who asks, by those identifiers alone that stand in its own records, and what was found where.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from habeas.domain.identity import Identity
from habeas.domain.jurisdictions import jurisdictions
from habeas.domain.letters import NoticeKind
from habeas.domain.outcomes import Reason, Refer
from habeas.domain.plans import PlannedRecord
from habeas.domain.register import Register
from habeas.domain.subjects import Identifier, IdentifierKind
from habeas.letters.answer import Answer, SystemOutcome
from habeas.letters.notice import Notice, Referred

_SPELT = {IdentifierKind.EORI: "EORI {}", IdentifierKind.VAT_NUMBER: "VAT {}"}


@dataclass(slots=True)
class _Holding:
    """What is held for one client: records by system and collection, and by what the person was found in them."""

    records: Counter[tuple[str, str]] = field(default_factory=Counter)
    found_by: set[IdentifierKind] = field(default_factory=set)


def notices_to_clients(answer: Answer, who: Identity, register: Register) -> list[Notice]:
    """One for each client, in the order of their names; none for what was referred by an earlier answer."""
    held: dict[str, _Holding] = {}
    for outcome in answer.systems:
        for controller, planned in _referred(outcome):
            holding = held.setdefault(controller, _Holding())
            holding.records[outcome.title, planned.record.collection] += 1
            holding.found_by.update(planned.record.matched_by)
    return [_notice(controller, holding, answer, who, register) for controller, holding in sorted(held.items())]


def letter_ids(answer_event: str, notices: Sequence[Notice]) -> list[UUID]:
    """The letters' ids, the same whenever the same answer is put together again."""
    return [uuid5(UUID(answer_event), f"client.{number}") for number, _ in enumerate(notices)]


def _referred(outcome: SystemOutcome) -> Iterator[tuple[str, PlannedRecord]]:
    if not any(line.outcome == "refer" and line.reason == Reason.PROCESSOR for line in outcome.summary):
        return  # most have nothing: their plans need not be opened once more
    with outcome.plan() as items:
        for item in items:
            if isinstance(item, PlannedRecord) and (client := _client(item)) is not None:
                yield client, item


def _client(planned: PlannedRecord) -> str | None:
    outcomes = (each.outcome for each in planned.decisions)
    clients = (each.controller for each in outcomes if isinstance(each, Refer) and each.reason is Reason.PROCESSOR)
    return next(clients, None)


def _notice(controller: str, holding: _Holding, answer: Answer, who: Identity, register: Register) -> Notice:
    law = jurisdictions()[register.jurisdiction].law
    return Notice(
        kind=NoticeKind.CLIENT,
        request_id=answer.request_id,
        right=answer.right,
        language=law.language or "en",
        received_on=answer.received_on,
        written_on=answer.answered_on,
        due_on=answer.due_on,
        register=register,
        addressee=(controller,),
        jurisdiction=register.jurisdiction,
        referred=tuple(
            Referred(controller, system, collection, records)
            for (system, collection), records in sorted(holding.records.items())
        ),
        person=_person(who, holding.found_by),
    )


def _person(who: Identity, found_by: AbstractSet[IdentifierKind]) -> tuple[str, ...]:
    """The name, and what the client's records have; else the first identifier that was stated."""
    known = [each for each in who.identifiers if each.kind in found_by and each.kind.strong]
    known = known or [each for each in who.identifiers if each.kind.strong][: 0 if who.name else 1]
    return (*([who.name] if who.name else []), *map(spelt, known))


def spelt(identifier: Identifier) -> str:
    """As a letter names it."""
    return _SPELT.get(identifier.kind, "{}").format(identifier.value)
