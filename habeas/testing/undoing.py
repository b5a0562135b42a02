"""What a connector that can put back an erasure promises, as a part of the conformance suite."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from habeas.domain.records import Record
from habeas.errors import FencedError
from habeas.ports import Effects, Erases, Originals, Restoration, Undoes
from habeas.testing.populated import Populated, by_name, left_of, planned, records_of, total, untouched

ERASING, UNDOING = "task-1", "undo-1"


class KeptOriginals(Originals):
    """Originals in memory, in the order in which they were kept; what was kept first under a name stays."""

    def __init__(self, *, lost_after: int | None = None) -> None:
        """`lost_after` so many, the task has gone to another worker."""
        self.content: dict[str, bytes] = {}
        self._lost_after = lost_after

    def keep(self, name: str, content: bytes) -> None:
        if len(self.content) == self._lost_after:
            raise FencedError("the lease has gone to another worker")
        self.content.setdefault(name, content)


class UndoConformance:
    """The promises of `habeas.ports.Undoes`; skipped for a connector that is none."""

    def test_an_undone_erasure_has_never_been(self, populated: Populated) -> None:
        """Every record and every value is there again, and nothing of anybody else's has changed."""
        before, others = _all(populated), untouched(populated)
        originals = KeptOriginals()
        erased = erase_undoably(populated, originals)
        assert left_of(populated) == []
        assert total(erased) > 0
        restored = put_back(populated, originals)
        assert _all(populated) == before
        assert untouched(populated) == others
        assert {verb for verbs in restored.counts.values() for verb in verbs} == {"restored"}

    def test_an_undoing_may_be_repeated(self, populated: Populated) -> None:
        """By the same task, as after a crash, and by another."""
        before, originals = _all(populated), KeptOriginals()
        erase_undoably(populated, originals)
        for task_id in (UNDOING, UNDOING, "undo-2"):
            put_back(populated, originals, task_id=task_id)
            assert _all(populated) == before

    def test_a_part_of_the_originals_puts_back_a_part(self, populated: Populated) -> None:
        """An undoing that was broken off goes on where it was; each original stands by itself."""
        before, originals = _all(populated), KeptOriginals()
        erase_undoably(populated, originals)
        with _undoing(populated, UNDOING) as restoration:
            restoration.restore(list(originals.content.values())[-1])
        put_back(populated, originals, task_id="undo-2")
        assert _all(populated) == before

    def test_nothing_is_changed_whose_original_is_not_kept(self, populated: Populated) -> None:
        """Each original is kept before its change is made: a keeper that refuses leaves everything as it is."""
        before = _all(populated)
        with pytest.raises(FencedError):
            erase_undoably(populated, KeptOriginals(lost_after=0))
        assert _all(populated) == before

    def test_what_was_erased_before_the_lease_was_lost_can_be_put_back(self, populated: Populated) -> None:
        """The next worker goes on with the same originals, and all of it can be undone."""
        before = _all(populated)
        originals = KeptOriginals(lost_after=1)
        plan = _plan(populated)
        with pytest.raises(FencedError):
            _erase(populated, plan, originals)
        further = KeptOriginals()
        further.content.update(originals.content)
        _erase(populated, plan, further)
        assert left_of(populated) == []
        put_back(populated, further)
        assert _all(populated) == before

    def test_the_name_of_an_original_tells_of_nobody(self, populated: Populated) -> None:
        """Names are kept in clear, beside what is sealed."""
        originals = KeptOriginals()
        erase_undoably(populated, originals)
        names = "\n".join(originals.content).casefold()
        assert originals.content
        assert not [each for each in populated.canaries if each.casefold() in names]


def erase_undoably(populated: Populated, originals: KeptOriginals) -> Effects:
    """Erase all that is surely the person's."""
    return _erase(populated, _plan(populated), originals)


def put_back(populated: Populated, originals: KeptOriginals, *, task_id: str = UNDOING) -> Effects:
    """Undo the erasure as a worker does, newest first; nothing may be refused."""
    with _undoing(populated, task_id) as restoration:
        refused = [restoration.restore(each) for each in reversed(originals.content.values())]
    assert not any(refused)
    return restoration.effects


def _plan(populated: Populated) -> list[Record]:
    if not isinstance(populated.connector, Undoes):
        pytest.skip("the connector does not undo")
    return planned(populated)


def _erase(populated: Populated, plan: list[Record], originals: KeptOriginals) -> Effects:
    connector = populated.connector
    assert isinstance(connector, Undoes)
    with connector.applying_undoably(populated.person, ERASING, originals) as application:
        assert isinstance(application, Erases)
        for record in plan:
            application.erase(record, ())
    return application.effects


@contextmanager
def _undoing(populated: Populated, task_id: str) -> Iterator[Restoration]:
    assert isinstance(populated.connector, Undoes)
    with populated.connector.undoing(populated.person, task_id) as restoration:
        yield restoration


def _all(populated: Populated) -> dict[tuple[str, str], Record]:
    return by_name(records_of(populated.connector, populated.person))
