"""The connector to a store of files: customs declarations, invoices, tables, mails, whatever clients have sent."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import TypeVar

from connectors.customs_files.application import FileApplication
from connectors.customs_files.clients import read_clients
from connectors.customs_files.describing import FILES, describe
from connectors.customs_files.finding import Search
from connectors.customs_files.limits import Limits
from connectors.customs_files.restoring import FileRestoration
from connectors.customs_files.restrictions import Area
from connectors.customs_files.stores.local import LocalStore
from connectors.customs_files.stores.local_files import error_name
from connectors.customs_files.stores.store import OWN_FOLDER, Store
from habeas.domain.descriptions import Described
from habeas.domain.records import Found
from habeas.domain.subjects import Subject
from habeas.errors import ConfigurationError, RetriableError
from habeas.ports import Guard, Memory, Onlooker, Originals, Problem

DEFAULT_LIMITS = Limits()
_Application = TypeVar("_Application", bound=FileApplication)


class FileStoreConnector:
    """The files of a store, or of a local folder; its first folders are the clients (`clients.py`)."""

    def __init__(self, store: Store | Path, *, system: str = "customs_files", limits: Limits = DEFAULT_LIMITS) -> None:
        self.system = system
        self._store: Store = LocalStore(store) if isinstance(store, Path) else store
        self._limits = limits
        self._area = Area(self._store)
        self._onlooker: Onlooker | None = None
        self._memory: Memory | None = None

    def remember(self, memory: Memory, /) -> None:
        """Read no file again that holds nobody who is looked for, as long as it stays as it was."""
        self._memory = memory

    def watched_by(self, onlooker: Onlooker, /) -> "FileStoreConnector":
        """The same connector, telling how many files are searched or changed, and how much of a large one."""
        watched = copy(self)
        watched._onlooker = onlooker  # noqa: SLF001 - its own kind
        return watched

    def find(self, subjects: Sequence[Subject], /) -> Iterator[Found]:
        """Everything held about each of the subjects; the store is read once for all of them.

        What can't be searched is told to each of them.
        """
        if not subjects:
            return
        try:
            self._store.require()
            clients = read_clients(self._store)
            search = Search(
                self._store,
                self._area,
                self._limits,
                subjects,
                clients,
                onlooker=self._onlooker,
                memory=self._memory if self._store.stamped else None,
            )
            yield from search.run()
        except OSError as error:  # its message names the file, and so perhaps a person
            raise RetriableError(f"the file store failed ({error_name(error)})") from None

    @contextmanager
    def applying(self, subject: Subject, task_id: str, /) -> Iterator[FileApplication]:
        """Open the changes of one task; they are made when the context closes."""
        application = self._opened(FileApplication, subject, task_id)
        yield application
        application.carry_out()

    @contextmanager
    def applying_undoably(self, subject: Subject, task_id: str, originals: Originals, /) -> Iterator[FileApplication]:
        """The same; what is erased is kept first. Old versions that a store lets go are not."""
        application = self._opened(FileApplication, subject, task_id, originals)
        yield application
        application.carry_out()

    @contextmanager
    def undoing(self, subject: Subject, task_id: str, /) -> Iterator[FileRestoration]:
        """Open the undoing of an erasure; files are put back at once."""
        restoration = self._opened(FileRestoration, subject, task_id)
        yield restoration
        restoration.carry_out()

    def _opened(
        self, kind: type[_Application], subject: Subject, task_id: str, originals: Originals | None = None
    ) -> _Application:
        self._store.prepare()
        clients = read_clients(self._store)
        return kind(
            self._store,
            self._area,
            subject,
            task_id,
            limits=self._limits,
            clients=clients,
            originals=originals,
            onlooker=self._onlooker,
        )

    def check(self) -> Sequence[Problem]:
        """What keeps the store from being searched and changed."""
        problems = list(self._store.check())
        if not problems:
            try:
                read_clients(self._store)
            except ConfigurationError as error:
                problems.append(Problem(str(error), "correct the file"))
        return problems

    def describe(self) -> Sequence[Described]:
        """What files can hold, with the relations that the clients' notes state."""
        self._store.require()
        return describe(read_clients(self._store))

    def guards(self) -> Sequence[Guard]:
        """As `habeas.ports.Guards`."""
        return (Guard(FILES, f"moved away to {OWN_FOLDER}, which nobody else is to read"),)

    def close(self) -> None:
        """Give back connections."""
        self._store.close()
