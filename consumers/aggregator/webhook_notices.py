"""The notice to a recipient as JSON, for its webhook: the same that the letter says (docs/recipients.md)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson

from habeas.domain.cases import Case
from habeas.domain.register import Register
from habeas.domain.subjects import Identifier, IdentifierKind
from habeas.letters.notice import Done
from schemas.recipients import Fate

TYPE = "habeas.recipient.notice.v1"
_ASKED: dict[Fate, str] = {
    "erased": "erase",
    "rectified": "rectify",
    "restricted": "store-only",
    "lifted": "use-again",
    "restored": "disregard-erasure",
}


def webhook_notice(
    notice: UUID,
    case: Case,
    done: Sequence[Done],
    person: Sequence[Identifier],
    *,
    register: Register,
    now: datetime,
) -> bytes:
    """One JSON object. `reference` is the request's id, by which the controller knows it."""
    names = [each.value for each in person if each.kind is IdentifierKind.NAME]
    controller = register.controller
    return orjson.dumps(
        {
            "type": TYPE,
            "id": str(notice),
            "reference": case.request_id,
            "written_at": now.isoformat(),
            "ground": "GDPR, Article 19",
            "controller": {
                "name": controller.name,
                "contact": controller.data_protection_manager,
                "email": controller.email,
            },
            "person": {
                "name": names[0] if names else None,
                "identifiers": [{"kind": each.kind.value, "value": each.value} for each in person if each.kind.strong],
            },
            "actions": [
                {
                    "done": each.fate,
                    "asked": _ASKED[each.fate],
                    "categories": list(each.categories),
                    "corrections": [{"field": field, "value": value} for field, value in each.corrections],
                }
                for each in done
            ],
        }
    )
