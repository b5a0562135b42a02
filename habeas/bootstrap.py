"""The one composition root: what the settings name is built here and handed down; nothing else reaches for it.

To add a connector, write its folder and add one line to CONNECTORS.
"""

import importlib
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from habeas.clock import SystemClock
from habeas.domain.jurisdictions import jurisdiction
from habeas.domain.register import Register, load_register
from habeas.errors import ConfigurationError, NotFoundError
from habeas.eventlog.interface import EventLog
from habeas.ports import Connector, Memory, Remembers
from habeas.settings import Settings
from habeas.storage.database import Database
from habeas.storage.migrate import migrate
from habeas.vault.files import FileStore
from habeas.vault.fingerprints import OPT_OUTS, SUPPRESSIONS, Fingerprints
from habeas.vault.keys import KeyStore
from habeas.vault.links import LinkSeal
from habeas.vault.master import open_master_keys
from habeas.vault.record_marks import RecordMarks
from habeas.vault.vault import Vault
from producers.complaints import Complaints
from producers.correspondence import Correspondence
from producers.intake import Intake
from producers.lifting import Announcing, LiftingRestrictions
from producers.opting_out import OptingOut
from producers.recipients import Recipients
from producers.redactions import Redactions
from producers.replay import Replay
from producers.reviewing import Reviewing
from producers.suppression import SuppressionList
from producers.undo import Undo
from producers.weighing import Weighing

CONNECTORS: Mapping[str, str] = {
    "sql": "connectors.sql.connect",
    "mailing_list": "connectors.mailing_list.connect",
    "customs_files": "connectors.customs_files.connect",
}
"""Kind → the module whose `connect(options, *, system, folder)` makes one; loaded only where it is used."""


class Habeas:
    """The parts of one process, each built when it is first asked for, all closed with the context."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = SystemClock(ZoneInfo(settings.time.zone))
        self._exits = ExitStack()
        self._connectors: dict[str, Connector] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    @cached_property
    def database(self) -> Database:
        """The state database, migrated."""
        url = self.settings.url(self.settings.state.url)
        _make_folder_of(url)
        database = Database(url)
        self._exits.callback(database.close)
        migrate(database)
        return database

    @cached_property
    def keys(self) -> KeyStore:
        """The key store."""
        vault = self.settings.vault
        url = self.settings.url(vault.keys_url)
        _make_folder_of(url)
        keys = KeyStore(url, master=open_master_keys(self.settings.path(vault.master_key_file), os.environ))
        self._exits.callback(keys.close)
        return keys

    @cached_property
    def vault(self) -> Vault:
        """The vault."""
        place = self.settings.vault.url
        return Vault(keys=self.keys, files=FileStore(place if "://" in place else self.settings.path(place)))

    @cached_property
    def event_log(self) -> EventLog:
        """The log, by the engine that the settings name."""
        log = self.settings.log
        engine: EventLog
        match log.engine:
            case "embedded":
                from habeas.eventlog.embedded import EmbeddedLog  # noqa: PLC0415 - only the engine that is used

                path = self.settings.path(log.path)
                path.parent.mkdir(parents=True, exist_ok=True)
                engine = EmbeddedLog(path)
            case "kafka":
                from habeas.eventlog.kafka import KafkaLog  # noqa: PLC0415 - only the engine that is used

                engine = KafkaLog(log.bootstrap_servers, client_options=log.client_options, session_s=log.session_s)
        self._exits.callback(engine.close)
        return engine

    @cached_property
    def register(self) -> Register:
        """The processing register."""
        return load_register(self.settings.path(self.settings.register_file))

    @property
    def systems(self) -> Sequence[str]:
        """The names of the systems that requests go to."""
        return tuple(self.settings.systems)

    def connector(self, system: str) -> Connector:
        """The connector of a system. Raises NotFoundError, or ConfigurationError when its settings are wrong."""
        if system not in self._connectors:
            settings = self.settings.systems.get(system)
            if settings is None:
                raise NotFoundError(f"there is no system '{system}'; there are: {', '.join(self.systems) or 'none'}")
            if settings.kind not in CONNECTORS:
                kinds = ", ".join(CONNECTORS)
                raise ConfigurationError(f"systems.{system}.kind: '{settings.kind}' is none of {kinds}")
            module = importlib.import_module(CONNECTORS[settings.kind])
            connector: Connector = module.connect(settings.options, system=system, folder=self.settings.root)
            self._exits.callback(connector.close)
            if isinstance(connector, Remembers) and self.settings.search.remember:
                folder = self.settings.path(self.settings.search.folder) / system
                connector.remember(Memory(folder, partial(self._key, f"search: {system}")))
            self._connectors[system] = connector
        return self._connectors[system]

    @cached_property
    def intake(self) -> Intake:
        """The intake producer."""
        return Intake(
            systems=self.systems,
            jurisdiction=self.settings.time.jurisdiction,
            database=self.database,
            vault=self.vault,
            fingerprints=Fingerprints(self.keys),
            clock=self.clock,
        )

    @cached_property
    def correspondence(self) -> Correspondence:
        """The correspondence producer."""
        return Correspondence(systems=self.systems, database=self.database, vault=self.vault, clock=self.clock)

    @cached_property
    def complaints(self) -> Complaints:
        """The producer of complaints."""
        return Complaints(
            jurisdiction=self.settings.time.jurisdiction,
            database=self.database,
            vault=self.vault,
            fingerprints=Fingerprints(self.keys),
            clock=self.clock,
        )

    @cached_property
    def replay(self) -> Replay:
        """The replay producer."""
        return Replay(database=self.database, event_log=self.event_log, clock=self.clock)

    @cached_property
    def suppression_list(self) -> SuppressionList:
        """Who must not be written to."""
        fingerprints = Fingerprints(self.keys, SUPPRESSIONS)
        return SuppressionList(database=self.database, fingerprints=fingerprints, clock=self.clock)

    @cached_property
    def opting_out(self) -> OptingOut:
        """Links for opting out. Raises ConfigurationError if the settings do not say where they lead."""
        if not self.settings.opt_out.url:
            raise ConfigurationError("opt_out.url is not set: where do links for opting out lead?")
        return OptingOut(
            url=self.settings.opt_out.url,
            purposes=self.register.purposes,
            intake=self.intake,
            suppression_list=self.suppression_list,
            seal=LinkSeal(self.keys),
            fingerprints=Fingerprints(self.keys, OPT_OUTS),
            database=self.database,
            clock=self.clock,
            language=jurisdiction(self.settings.time.jurisdiction).law.language,
        )

    @cached_property
    def reviewing(self) -> Reviewing:
        """The reviewing producer."""
        marks = RecordMarks(self.keys)
        return Reviewing(database=self.database, vault=self.vault, marks=marks, clock=self.clock)

    @cached_property
    def redactions(self) -> Redactions:
        """What was masked in answers."""
        return Redactions(database=self.database, vault=self.vault, clock=self.clock)

    @cached_property
    def recipients(self) -> Recipients:
        """What is said of recipients that a person tells."""
        return Recipients(database=self.database, clock=self.clock)

    @cached_property
    def undo(self) -> Undo:
        """The undo producer."""
        return Undo(database=self.database, clock=self.clock)

    @cached_property
    def lifting(self) -> LiftingRestrictions:
        """The lifting producer."""
        return LiftingRestrictions(announcing=self._announcing(), database=self.database, clock=self.clock)

    @cached_property
    def weighing(self) -> Weighing:
        """The weighing producer."""
        return Weighing(announcing=self._announcing(), database=self.database, clock=self.clock)

    def _key(self, name: str) -> bytes:
        """A key of Habeas's own, made when it is first asked for."""
        self.keys.create([name])
        return self.keys.unwrap([name])[name]

    def _announcing(self) -> Announcing:
        return Announcing(self.settings.letters.lift_after_days, self.vault, self.clock)


def _make_folder_of(url: str) -> None:
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
