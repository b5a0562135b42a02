"""Changes to old versions that a store keeps of a file: they can't be edited, only removed as a whole or kept.

A version that the store will not let go (a lock, a legal hold, a right that Habeas lacks) stays. It is noted as not
erased, and the search that follows every erasure finds it and reports it.
"""

from connectors.customs_files.journal import Journal
from connectors.customs_files.naming import holder
from connectors.customs_files.restrictions import Area
from connectors.customs_files.stores.store import GoneError, Store
from connectors.customs_files.work import LIFTED, NOT_ERASED, RESTRICTED, Work
from habeas.domain.subjects import Subject


class Versions:
    """The old versions of a store, for the changes of one task."""

    def __init__(self, store: Store, area: Area, journal: Journal, subject: Subject) -> None:
        self._store = store
        self._area = area
        self._journal = journal
        self._subject = subject

    def change(self, path: str, version: str, work: Work) -> None:
        """Carry out what is to be done to one version. Raises RetriableError."""
        for verb, records in ((RESTRICTED, work.restrictions), (LIFTED, work.lifts)):
            self._journal.announce([(key, collection, verb) for key, collection in records])
            for key, _ in records:
                change = self._area.restrict_version if verb == RESTRICTED else self._area.lift_version
                change(path, version, holder(self._subject, key))
        if work.erasures:
            self._erase(path, version, work)

    def _erase(self, path: str, version: str, work: Work) -> None:
        """Remove the version whole, unless something in it is to stay."""
        kept = any(each.partial for each in work.erasures) or bool(work.restrictions)
        try:
            removed = not kept and self._store.remove_version(path, version)
        except GoneError:
            return
        if removed:
            self._area.forget(path, version)
        self._journal.announce([each.step(None if removed else NOT_ERASED) for each in work.erasures])
