"""Shreds what is held of a person once its time is over and nothing needs it: keys first, then what they had sealed.

What stays for longer is sealed anew under a key of its own, so that the rest goes with the request's key. Each stage
is committed before the next begins; whoever finds a request on its way goes on from there, and twice does no more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from habeas import failpoints
from habeas.domain import complainant, identity
from habeas.domain.cases import Case
from habeas.domain.complaints import Complaint
from habeas.domain.custody import KEEPING_RIGHTS, Stage, kept_key, rest_needed_for, whole_needed_for
from habeas.domain.plans import SCHEMA as PLAN
from habeas.observability import metrics
from habeas.ports import Clock
from habeas.storage import artefacts, audit, cases, complaints, custody, other_people, revisits, subjects
from habeas.storage.custody import Custody
from habeas.storage.database import Database
from habeas.vault.artefacts import Artefact
from habeas.vault.errors import ArtefactLostError, KeyDestroyedError, SealBrokenError
from habeas.vault.vault import Vault

log = structlog.get_logger()

REQUESTS_MAX = 100
"""In one step."""
LOOK_AGAIN = timedelta(days=1)
"""What is needed beyond its time is looked at again after so long."""


class Shredding:
    """Minds the times of `[retention]` for what is sealed."""

    def __init__(
        self,
        *,
        answers: timedelta,
        identities: timedelta,
        rescan_after: timedelta,
        database: Database,
        vault: Vault,
        clock: Clock,
    ) -> None:
        """`answers` and `identities` run from the end of a request; `rescan_after` is that of the erasures."""
        self._answers = answers
        self._identities = identities
        self._rescan_after = rescan_after
        self._database = database
        self._vault = vault
        self._clock = clock
        self._scrubbed = False

    def step(self) -> int:
        """Shred what is due, a batch at most; of how many requests something went."""
        now = self._clock.now()
        with self._database.reading() as connection:
            begun = custody.on_the_way(connection, limit=REQUESTS_MAX)
            ended = {"ended_by": now - self._answers, "now": now}
            whole = custody.due(connection, Stage.WHOLE, **ended, limit=REQUESTS_MAX)
            ended["ended_by"] = now - self._identities
            kept = custody.due(connection, Stage.KEPT, **ended, limit=REQUESTS_MAX)
        for each in begun:
            self._go_on(each.request_id, each.stage)
        went = [self._shred_answer(each) for each in whole]
        went += [self._shred_rest(each.request_id) for each in kept]
        self._count(now)
        self._scrubbed = self._scrubbed and not (begun or any(went))
        if not self._scrubbed:
            self._scrubbed = self._database.scrub()
        return len(begun) + sum(went)

    def shred_all(self, request_id: str) -> None:
        """Everything of a request now, on an operator's word, whatever needs it."""
        with self._database.transaction() as connection:
            cases.hold(connection, request_id)
            custody.begin_leaving(connection, request_id, now=self._clock.now())
        self._go_on(request_id, Stage.LEAVING)
        self._database.scrub()

    def needed_for(self, connection: Connection, request_id: str, *, rest: bool) -> tuple[str, ...]:
        """Why the answer, or with `rest` who asked, can't go yet."""
        case = complaints.fetch_either(connection, request_id)
        if case is None:
            return ()
        return self._needed(connection, case, rest=rest)

    def _needed(self, connection: Connection, case: Case | Complaint, *, rest: bool) -> tuple[str, ...]:
        events = cases.timeline(connection, case.request_id)
        uses = custody.uses(connection, case, now=self._clock.now(), rescan_after=self._rescan_after)
        return (rest_needed_for if rest else whole_needed_for)(case, events, uses)

    def _shred_answer(self, held: Custody) -> bool:
        """Seal what stays anew, then shred what is sealed with the request's key; False if something needs it."""
        id_ = held.request_id
        with self._database.reading() as connection:
            case = complaints.fetch_either(connection, id_)
            needed = case is None or self._needed(connection, case, rest=False)
            staying = self._staying(connection, case) if case is not None and not needed else []
        if needed or case is None:
            self._look_later(id_)
            return False
        self._vault.create_keys([kept_key(id_)])
        moved = self._resealed(staying)
        with self._database.transaction() as connection:
            cases.hold(connection, id_)
            free = not self.needed_for(connection, id_, rest=False)
            if free and custody.advance(connection, id_, [Stage.WHOLE], Stage.RESEALED):
                for before, after in moved:
                    artefacts.move(connection, before, after)
            else:
                free = False
            failpoints.reach("shredding.before_commit")
        failpoints.reach("shredding.after_commit")
        if not free:
            for _, after in moved:
                self._vault.discard(after)
            return False
        self._go_on(id_, Stage.RESEALED)
        return True

    def _staying(self, connection: Connection, case: Case | Complaint) -> Sequence[Artefact]:
        """Who asked and, where a later look needs it, the plans: those of these rights hold no values."""
        schemas = {identity.SCHEMA, complainant.SCHEMA} | ({PLAN} if case.right in KEEPING_RIGHTS else set())
        return artefacts.fetch_under(connection, case.request_id, schemas=schemas)

    def _resealed(self, staying: Sequence[Artefact]) -> list[tuple[Artefact, Artefact]]:
        """Each before and after; what can't be opened any more does not stay."""
        moved = []
        for each in staying:
            try:
                moved.append((each, self._vault.reseal(each, under=kept_key(each.request_id))))
            except (ArtefactLostError, KeyDestroyedError, SealBrokenError) as error:
                log.warning("sealed.lost", request_id=each.request_id, error_class=type(error).__name__)
        return moved

    def _shred_rest(self, request_id: str) -> bool:
        with self._database.transaction() as connection:
            cases.hold(connection, request_id)
            free = not self.needed_for(connection, request_id, rest=True)
            begun = free and custody.advance(connection, request_id, [Stage.KEPT], Stage.LEAVING)
        if begun:
            self._go_on(request_id, Stage.LEAVING)
        else:
            self._look_later(request_id)
        return begun

    def _look_later(self, request_id: str) -> None:
        with self._database.transaction() as connection:
            custody.look_later(connection, request_id, at=self._clock.now() + LOOK_AGAIN)

    def _go_on(self, request_id: str, stage: Stage) -> None:
        keys = [request_id] if stage is Stage.RESEALED else [request_id, kept_key(request_id)]
        for key in keys:
            self._vault.destroy_key(key)
        failpoints.reach("shredding.key_destroyed")
        with self._database.reading() as connection:
            sealed = artefacts.fetch_under(connection, *keys)
        for each in sealed:
            self._vault.discard(each)
        failpoints.reach("shredding.files_removed")
        now = self._clock.now()
        with self._database.transaction() as connection:
            after = Stage.KEPT if stage is Stage.RESEALED else Stage.GONE
            if not custody.advance(connection, request_id, [stage], after, now=now):
                return
            dropped = sum(artefacts.drop_of_request(connection, key) for key in keys)
            what = "answer" if after is Stage.KEPT else "identity"
            if after is Stage.GONE:
                self._forget(connection, request_id)
            audit.note(
                connection,
                f"{what}.shredded",
                actor="habeas",
                now=now,
                request_id=request_id,
                details={"artefacts": dropped},
            )
        metrics.SHREDDED.labels(what).inc()
        log.info("sealed.shredded", request_id=request_id, what=what)

    def _forget(self, connection: Connection, request_id: str) -> None:
        """What else leads to the person: free words, and with the last request the token and the keyed hashes."""
        revisits.forget(connection, request_id)
        audit.forget_reasons(connection, request_id)
        case = complaints.fetch_either(connection, request_id)
        if case is None:
            return
        subjects.hold(connection, case.subject)
        if not custody.still_held_of(connection, case.subject, besides=request_id):
            other_people.forget(connection, case.subject)
            subjects.forget(connection, case.subject)

    def _count(self, now: datetime) -> None:
        with self._database.reading() as connection:
            for what, stage, time in (
                ("answer", Stage.WHOLE, self._answers),
                ("identity", Stage.KEPT, self._identities),
            ):
                # a day's grace: what is due today is not late
                late = custody.overdue(connection, stage, ended_by=now - time - LOOK_AGAIN)
                metrics.KEPT_LONGER.labels(what).set(late)
