"""Puts a delivered answer into its folder once more, as long as it is still sealed: an operator's command."""

from pathlib import Path

from consumers.delivery.folder import answer_folder, write_answer
from habeas.errors import NotFoundError, UserError
from habeas.ports import Clock
from habeas.storage import artefacts, audit, cases, custody
from habeas.storage.database import Database
from habeas.vault.vault import Vault
from schemas.events import ResponseAssembled


class DeliveryAgain:
    """The answer and every further answer, as they were."""

    def __init__(self, root: Path, *, database: Database, vault: Vault, clock: Clock) -> None:
        self._root = root
        self._database = database
        self._vault = vault
        self._clock = clock

    def deliver(self, request_id: str, *, actor: str) -> Path:
        """The folder. Raises NotFoundError, or UserError if there is no answer yet or it is shredded."""
        with self._database.reading() as connection:
            case = cases.fetch(connection, request_id)
            if case is None:
                raise NotFoundError(f"request {request_id} has not been opened on this log yet")
            if case.delivered is None:
                raise UserError(f"request {request_id} has no answer yet ({case.state})")
            custody.ensure_whole(connection, request_id)
            timeline = cases.timeline(connection, request_id)
            told = [each for each in timeline if isinstance(each, ResponseAssembled)]
            sealed = artefacts.fetch(connection, [str(id_) for each in told for id_ in (each.package, each.letter)])
        folder = answer_folder(self._root, request_id=request_id, right=case.right)
        now = self._clock.now()
        with self._database.transaction() as connection:  # first, so that it is removed in time whatever happens next
            custody.note_answer_written(connection, request_id, at=now)
            audit.note(connection, "answer.delivered_again", actor=actor, now=now, request_id=request_id)
        for each in told:
            write_answer(folder, each, sealed, self._vault.unlocked([request_id]))
        return folder
