"""The whole pipeline in one thread, step by step, on a clock and systems that the test holds.

It is composed by `habeas.roles` as in production; only time and the outside systems are the test's.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import habeas.roles.parts
from habeas.bootstrap import Habeas
from habeas.domain.cases import Case
from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.errors import NotFoundError
from habeas.eventlog import cloudevents
from habeas.eventlog.interface import LogRecord
from habeas.loops import Loop
from habeas.ports import Connector
from habeas.settings import Settings
from habeas.settings_sections import LogSettings, StateSettings, SystemSettings, WorkSettings
from habeas.storage import cases
from habeas.testing.clocks import HeldClock
from habeas.vault.master_file import FileMasterKeys
from producers.intake import Submission
from schemas.events import Event
from schemas.topics import TOPICS

STEPS_MAX = 500
_E = TypeVar("_E", bound=Event)


class HeldHabeas(Habeas):
    """The composition root with the test's clock and systems; each further one over the same folder is a process."""

    def __init__(self, settings: Settings, *, clock: HeldClock, connectors: Mapping[str, Connector]) -> None:
        super().__init__(settings)
        self.clock = clock  # type: ignore[assignment]  # a clock all the same: that of the tests
        self._held = connectors

    def connector(self, system: str) -> Connector:
        """The test's."""
        if system not in self._held:
            raise NotFoundError(system)
        return self._held[system]


def _with_recipients(register: str, recipients: str) -> str:
    """In English alone; without the transfers, which name the sample's recipients."""
    register = register.replace("\nlanguages: [en, sv, tr]\n", "\n")
    before, rest = register.split("\nrecipients:", 1)
    between = "\nsources:" + rest.split("\nsources:", 1)[1].split("\ntransfers:", 1)[0]
    after = re.split(r"\n(?=[a-z_]+:)", rest.split("\ntransfers:", 1)[1], maxsplit=1)[1]
    return f"{before}\nrecipients:\n{recipients}\n{between}\n{after}"


class Pipeline:
    """Requests go in by `submit`; `run` lets every role do what it can, and comes back when there is nothing left."""

    def __init__(
        self,
        folder: Path,
        connectors: Mapping[str, Connector],
        *,
        state_url: str = "sqlite:///data/state.db",
        clock: HeldClock | None = None,
        tries_max: int = 1,
        recipients: str | None = None,
        **sections: Any,
    ) -> None:
        """`tries_max` as in `[work]`: by default every fault reaches the ledger.

        `recipients` replaces those of the sample's register (YAML); `sections` are further ones of the settings.
        """
        self.clock = clock or HeldClock()
        register = folder / "register.yaml"
        sample = (resources.files("habeas.sample") / "register.yaml").read_text("utf-8")
        register.write_text(sample if recipients is None else _with_recipients(sample, recipients), "utf-8")
        master = folder / "data" / "master.key"
        if not master.exists():
            master.parent.mkdir(parents=True)
            FileMasterKeys.init(master)
        self.settings = Settings(
            root=folder,
            log=LogSettings(),
            state=StateSettings(url=state_url),
            work=WorkSettings(attempts_max=3, tries_max=tries_max),
            systems={name: SystemSettings(kind="held", title=name.title()) for name in connectors},
            **sections,
        )
        self._connectors = connectors
        self._exits = ExitStack()
        self.habeas = self.another()
        self.habeas.event_log.ensure_topics(TOPICS)
        self.loops = {loop.name: loop for loop in self.loops_of(self.habeas)}

    def another(self) -> HeldHabeas:
        """The parts of one more process."""
        held = HeldHabeas(self.settings, clock=self.clock, connectors=self._connectors)
        return self._exits.enter_context(held)

    def loops_of(self, habeas_: Habeas) -> list[Loop]:
        """All roles' loops, closed at the end."""
        loops = habeas.roles.all_loops(habeas_)
        for loop in loops:
            self._exits.callback(loop.close)
        return loops

    def close(self) -> None:
        self._exits.close()

    def run(self, *, without: frozenset[str] = frozenset()) -> None:
        """Step every loop in turn, but those named, until none has anything to do at this time."""
        patient, habeas.roles.parts.POLL_S = habeas.roles.parts.POLL_S, 0.0
        try:
            for _ in range(STEPS_MAX):
                if not sum([loop.step() for name, loop in self.loops.items() if name not in without]):
                    return
        finally:
            habeas.roles.parts.POLL_S = patient
        raise AssertionError(f"still busy after {STEPS_MAX} rounds")

    def run_until(self, reached: Callable[[], bool], *, step_s: float, rounds: int = 100) -> None:
        """Run and let time pass, in turn, until it is so."""
        self.run()
        for _ in range(rounds):
            if reached():
                return
            self.clock.advance(step_s)
            self.run()
        raise AssertionError(f"not reached after {rounds} times {step_s} s")

    def submit(self, right: Right, email: str) -> str:
        """Take a request in; its id."""
        who = (identifier(IdentifierKind.EMAIL, email),)
        receipt = self.habeas.intake.submit([Submission(right, who, IdentityCheck.LOGIN)], actor="tester")[0]
        return receipt.request_id

    def case(self, request_id: str) -> Case:
        with self.habeas.database.reading() as connection:
            case = cases.fetch(connection, request_id)
        assert case is not None
        return case

    def records(self, topic: str) -> list[LogRecord]:
        """Everything that lies in a topic."""
        return list(self.habeas.event_log.read(topic))

    def events(self, kind: type[_E], *, request_id: str | None = None) -> list[_E]:
        """The events of a kind on the log, each once however often it lies there."""
        events = {
            event.id: event
            for event in (cloudevents.decode(record) for record in self.records(kind.topic))
            if isinstance(event, kind) and request_id in {None, str(event.request_id)}
        }
        return list(events.values())
