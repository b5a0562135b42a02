"""What an operator says of the recipients that a person tells (Article 19)."""

from uuid import UUID

from habeas.domain.recipients import NoticeState, Notified
from habeas.errors import NotFoundError, UserError
from habeas.eventlog import cloudevents
from habeas.ports import Clock
from habeas.storage import audit, cases, outbox
from habeas.storage.database import Database
from producers.intake import LANE
from schemas.recipients import RecipientTold


class Recipients:
    """Notes who was told by a person."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def note_told(self, request_id: str, recipient: str, *, actor: str) -> list[Notified]:
        """That this recipient, by its id in the register, was told of all that it has still to be told; of what.

        Raises NotFoundError if it was not to be told, and UserError if it has been.
        """
        now = self._clock.now()
        with self._database.transaction() as connection:
            cases.hold(connection, request_id)
            case = cases.fetch(connection, request_id)
            known = [each for each in case.notifying.notices if each.named.recipient == recipient] if case else []
            if case is None or not known:
                named = {each.named.recipient for each in case.notifying.notices} if case else set()
                raise NotFoundError(
                    f"request {request_id[:8]} has no recipient '{recipient}' to be told; "
                    f"there are: {', '.join(sorted(named)) or 'none'}"
                )
            open_ = [each for each in known if each.state is not NoticeState.TOLD]
            if not open_:
                raise UserError(f"'{recipient}' has been told of request {request_id[:8]} already")
            events = [
                RecipientTold(request_id=UUID(request_id), at=now, recipient=recipient, notice=each.named.notice)
                for each in open_
            ]
            cases.note(connection, events)
            audit.note(
                connection,
                "recipient.told",
                actor=actor,
                now=now,
                request_id=request_id,
                details={"recipient": recipient},
            )
            source = f"habeas/{LANE}"
            messages = [cloudevents.to_message(each, key=case.subject, source=source) for each in events]
            outbox.add(connection, LANE, messages)
        return open_
