"""A whole installation in a folder: the sample consultancy's systems, settings, keys, and requests to submit."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TypeVar

from habeas.bootstrap import Habeas
from habeas.cli.setup import write_config
from habeas.domain.cases import Case, CaseState
from habeas.domain.requests import IdentityCheck, Right
from habeas.eventlog import cloudevents
from habeas.sample.consultancy import build
from habeas.sample.trial import Trial, people_to_try
from habeas.sample.truth import GroundTruth
from habeas.settings import load_settings
from habeas.storage import cases
from habeas.testing.effects import Effect, effects, record_effects
from producers.intake import Submission
from schemas.events import Event
from schemas.topics import TOPICS

DATABASES = ("crm", "billing", "mailing_list")
PATIENCE_S = 60.0
_E = TypeVar("_E", bound=Event)


@dataclass(frozen=True, slots=True)
class Installation:
    """A folder with `habeas.toml`; the systems' databases note every effect."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, *, people: int = 60, files: int = 30) -> "Installation":
        """The sample, ready to run; it takes a second or two, so make one and copy it."""
        build(folder / "systems", people=people, files=files, seed=1)
        write_config(folder, (resources.files("habeas.sample") / "habeas.toml").read_text("utf-8"))
        for system in ("crm", "billing"):
            with resources.as_file(resources.files("connectors") / system / "map.yaml") as template:
                shutil.copyfile(template, folder / f"{system}-map.yaml")
        for name in DATABASES:
            record_effects(folder / "systems" / f"{name}.db")
        return cls(folder)

    def copied(self, folder: Path) -> "Installation":
        """The same once more, to be changed."""
        shutil.copytree(self.folder, folder)
        return Installation(folder)

    def configure(self, **sections: Mapping[str, object]) -> None:
        """Add sections to habeas.toml; values are numbers or strings."""
        with (self.folder / "habeas.toml").open("a") as settings:
            for section, entries in sections.items():
                lines = [f"{name} = {json.dumps(value)}" for name, value in entries.items()]
                settings.write("\n".join(["", f"[{section}]", *lines, ""]))

    @property
    def config(self) -> str:
        """For `--config`."""
        return str(self.folder / "habeas.toml")

    @contextmanager
    def opened(self) -> Iterator[Habeas]:
        """Its parts in this process; no role runs."""
        with Habeas(load_settings(self.folder / "habeas.toml")) as habeas:
            yield habeas

    def trials(self) -> Mapping[Right, Trial]:
        """Whom to try each right with."""
        truth = GroundTruth.read(self.folder / "systems" / "ground-truth.json")
        return {trial.right: trial for trial in people_to_try(truth)}

    def submit(self, *trials: Trial) -> Sequence[str]:
        """Take requests in; their ids."""
        submissions = [Submission(each.right, each.identifiers, IdentityCheck.LOGIN) for each in trials]
        with self.opened() as habeas:
            habeas.event_log.ensure_topics(TOPICS)
            return [each.request_id for each in habeas.intake.submit(submissions, actor="tester")]

    def case(self, request_id: str) -> Case:
        with self.opened() as habeas, habeas.database.reading() as connection:
            case = cases.fetch(connection, request_id)
        assert case is not None
        return case

    def await_delivery(self, request_ids: Sequence[str], *, timeout_s: float = PATIENCE_S) -> None:
        """Return once all of these are delivered and told of on the log."""
        with self.opened() as habeas:

            def delivered() -> bool:
                with habeas.database.reading() as connection:
                    found = cases.fetch_many(connection, request_ids)
                return len(found) == len(set(request_ids)) and all(
                    case.state is CaseState.DELIVERED for case in found.values()
                )

            await_true(delivered, timeout_s=timeout_s, what="the delivery")

    def events(self, kind: type[_E]) -> list[_E]:
        """All events of a kind as they lie on the log, repetitions included."""
        with self.opened() as habeas:
            decoded = [cloudevents.decode(record) for record in habeas.event_log.read(kind.topic)]
        return [event for event in decoded if isinstance(event, kind)]

    def effects(self) -> dict[str, list[Effect]]:
        """What was done in each outside database, sorted: an effect that happened twice is there twice."""
        return {name: sorted(effects(self.folder / "systems" / f"{name}.db")) for name in DATABASES}

    def files(self) -> dict[str, str]:
        """The digest of each client file, also of those put aside; the connector's notes are not among them."""
        root = self.folder / "systems" / "clients"
        return {
            str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(root.rglob("*"))
            if path.is_file() and (".habeas" not in path.relative_to(root).parts or path.name == "content")
        }


def await_true(reached: Callable[[], bool], *, timeout_s: float, what: str) -> None:
    """Look again and again until it is so. Raises AssertionError when the time is up."""
    until = time.monotonic() + timeout_s
    while not reached():
        if time.monotonic() > until:
            raise AssertionError(f"waited {timeout_s:g} s in vain for {what}")
        time.sleep(0.05)
