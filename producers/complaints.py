"""Takes complaints in, and tells what an operator does about them (Data Protection Act 2018, section 164A).

Each step is told on the log and noted at once; what was said is sealed, for the letter that is written of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import Connection

from habeas.domain import complainant, complaints, identity
from habeas.domain.cases import Case
from habeas.domain.complainant import Complainant
from habeas.domain.complaints import Complaint, Outcome
from habeas.domain.custody import kept_key
from habeas.domain.identity import Identity
from habeas.domain.jurisdictions import jurisdiction
from habeas.domain.subjects import Identifier
from habeas.domain.words import CHARACTERS_MAX, SCHEMA, Words
from habeas.errors import NotFoundError, UserError
from habeas.eventlog import cloudevents
from habeas.ports import Clock
from habeas.storage import artefacts, audit, cases, outbox, subjects
from habeas.storage import complaints as stored
from habeas.storage.database import Database
from habeas.vault.artefacts import Artefact
from habeas.vault.fingerprints import Fingerprints
from habeas.vault.vault import Vault
from producers.intake import LANE
from schemas.complaints import ComplaintAcknowledged, ComplaintClosed, ComplaintProgressed, ComplaintReceived
from schemas.events import Event


@dataclass(frozen=True, slots=True)
class Grievance:
    """A complaint as an operator states it.

    `about` is the id of the request that it is about; who complains need not be stated then. The language is that of
    the request, or of the jurisdiction's law, or English.
    """

    words: Words
    identifiers: tuple[Identifier, ...] = ()
    about: str | None = None
    language: Literal["en", "sv", "tr"] | None = None
    received_on: date | None = None  # today if not stated
    jurisdiction: str | None = None  # that of the request, or of the settings


class Complaints:
    """The producer of complaints.

    Of what the operator says to the complainant a letter is written. With `on`, the day on which the complainant was
    told otherwise, none is. Every method raises NotFoundError or UserError, and returns the complaint as it stands
    afterwards.
    """

    def __init__(
        self, *, jurisdiction: str, database: Database, vault: Vault, fingerprints: Fingerprints, clock: Clock
    ) -> None:
        """`jurisdiction` is that of complaints which name none."""
        self._jurisdiction = jurisdiction
        self._database = database
        self._vault = vault
        self._fingerprints = fingerprints
        self._clock = clock

    def open(self, grievance: Grievance, *, acknowledge: bool = True, actor: str) -> Complaint:
        """Take a complaint in; it is acknowledged at once by a letter, unless told not to."""
        today = self._clock.today()
        received_on = grievance.received_on or today
        if received_on > today:
            raise UserError("the complaint can't have been received after today")
        case, who = self._who(grievance)
        where = jurisdiction(grievance.jurisdiction or (case.time.jurisdiction if case else self._jurisdiction))
        id_ = str(uuid4())
        self._vault.create_keys([id_])
        said = self._seal(id_, grievance.words)
        sealed = self._vault.unlocked([id_]).seal(id_, who.to_bytes(), system="intake", schema=complainant.SCHEMA)
        marks = self._fingerprints.of([each for each in who.identifiers if each.kind.strong])
        now = self._clock.now()
        with self._database.transaction() as connection:
            artefacts.add(connection, [sealed, said])
            received = ComplaintReceived(
                request_id=UUID(id_),
                at=now,
                subject=case.subject if case else subjects.token_for(connection, marks, now=now),
                language=grievance.language or where.law.language or _language(case),
                received_on=received_on,
                due_on=complaints.acknowledge_by(where, received_on),
                channel="operator",
                jurisdiction=where.code,
                identity=UUID(sealed.id),
                words=UUID(said.id),
                about=UUID(case.request_id) if case else None,
            )
            self._publish(connection, received, key=received.subject, actor=actor, on=received_on)
            if acknowledge:
                told = ComplaintAcknowledged(
                    request_id=received.request_id, at=now, acknowledged_on=today, by_letter=True
                )
                self._publish(connection, told, key=received.subject, actor=actor, on=today)
            return self._standing(connection, id_)

    def acknowledge(self, complaint_id: str, *, on: date | None = None, actor: str) -> Complaint:
        """Tell the complainant that it has come in."""

        def tell(complaint: Complaint, said: Mapping[str, Any], day: date) -> Event:
            complaints.may_acknowledge(complaint)
            return ComplaintAcknowledged(**said, acknowledged_on=day)

        return self._tell(complaint_id, tell, None, on=on, actor=actor)

    def inform(self, complaint_id: str, words: Words, *, on: date | None = None, actor: str) -> Complaint:
        """Tell the complainant how it stands."""

        def tell(complaint: Complaint, said: Mapping[str, Any], day: date) -> Event:
            complaints.may_inform(complaint)
            return ComplaintProgressed(**said, informed_on=day)

        return self._tell(complaint_id, tell, words, on=on, actor=actor)

    def close(
        self, complaint_id: str, outcome: Outcome, words: Words, *, on: date | None = None, actor: str
    ) -> Complaint:
        """Tell the complainant what came of it, and why; whoever was not told before need not be told twice (ICO)."""

        def tell(complaint: Complaint, said: Mapping[str, Any], day: date) -> Event:
            complaints.must_be_open(complaint)
            return ComplaintClosed(**said, closed_on=day, outcome=outcome.value)

        return self._tell(complaint_id, tell, words, on=on, actor=actor)

    def _tell(
        self,
        complaint_id: str,
        telling: Callable[[Complaint, Mapping[str, Any], date], Event],
        words: Words | None,
        *,
        on: date | None,
        actor: str,
    ) -> Complaint:
        day = on or self._clock.today()
        with self._database.transaction() as connection:
            cases.hold(connection, complaint_id)
            complaint = self._standing(connection, complaint_id)
            self._check_day(complaint, day)
            sealed = self._seal(complaint_id, words) if words else None
            said = {
                "request_id": UUID(complaint_id),
                "at": self._clock.now(),
                "by_letter": True if on is None else None,
                **({"words": UUID(sealed.id)} if sealed else {}),
            }
            event = telling(complaint, said, day)
            artefacts.add(connection, [sealed] if sealed else [])
            self._publish(connection, event, key=complaint.subject, actor=actor, on=day)
            return self._standing(connection, complaint_id)

    def _who(self, grievance: Grievance) -> tuple[Case | None, Complainant]:
        case, known = self._of_request(grievance.about) if grievance.about else (None, ())
        who = Complainant(grievance.identifiers or known)
        if not who.identifiers:
            raise UserError("say who complains, as --email name@example.org --name 'Some Body'")
        return case, who

    def _of_request(self, request_id: str) -> tuple[Case, tuple[Identifier, ...]]:
        """The request, and who made it as long as that is sealed."""
        with self._database.reading() as connection:
            case = cases.fetch(connection, request_id)
            held = artefacts.fetch_under(connection, request_id, kept_key(request_id), schemas=[identity.SCHEMA])
        if case is None:
            raise NotFoundError(f"there is no request {request_id}")
        known = [Identity.of_bytes(self._vault.unseal(each)) for each in held]
        return case, known[0].identifiers if known else ()

    def _publish(self, connection: Connection, event: Event, *, key: str, actor: str, on: date) -> None:
        cases.note(connection, [event])
        outbox.add(connection, LANE, [cloudevents.to_message(event, key=key, source="habeas/intake")])
        action = ".".join(event.type.split(".")[1:3])
        id_ = str(event.request_id)
        audit.note(connection, action, actor=actor, now=event.at, request_id=id_, details={"on": on.isoformat()})

    def _standing(self, connection: Connection, complaint_id: str) -> Complaint:
        complaint = stored.fetch(connection, complaint_id)
        if complaint is None:
            raise NotFoundError(f"there is no complaint {complaint_id}")
        return complaint

    def _check_day(self, complaint: Complaint, on: date) -> None:
        if on > self._clock.today():
            raise UserError(f"{on:%d %B %Y} is still to come")
        if on < complaint.received_on:
            raise UserError(f"the complaint came in on {complaint.received_on:%d %B %Y}, later than that")

    def _seal(self, id_: str, words: Words) -> Artefact:
        if not words.text.strip():
            raise UserError("say it in words")
        if len(words.text) > CHARACTERS_MAX:
            raise UserError(f"at most {CHARACTERS_MAX:,} characters")
        return self._vault.unlocked([id_]).seal(id_, words.to_bytes(), system="intake", schema=SCHEMA)


def _language(case: Case | None) -> str:
    return case.language if case else "en"
