"""The whole pipeline, from a request to the answer, through all systems and on both set-ups."""

import random
import subprocess
import sys
import zipfile
from collections import Counter
from contextlib import ExitStack, contextmanager

import pytest

from habeas.domain.cases import CaseState
from habeas.domain.requests import Right
from habeas.eventlog.interface import Message
from habeas.roles import groups
from habeas.storage import outbox
from habeas.storage.dead_letters import Selection, select_letters
from habeas.testing.installation import PATIENCE_S, await_true
from producers.intake import LANE
from schemas.events import RequestAccepted, ResponseAssembled, ResponseDelivered, TaskCompleted
from schemas.topics import COMPLETIONS, REQUESTS, RESPONSES

TOPICS = (REQUESTS.name, COMPLETIONS.name, RESPONSES.name)
ROLES = ("intake", "aggregator", "aggregator", "delivery", "timekeeper")
SYSTEMS = ("crm", "billing", "mailing_list", "customs_files")


@pytest.fixture(params=["embedded", pytest.param("distributed", marks=[pytest.mark.kafka, pytest.mark.postgres])])
def installation(request, prepared, tmp_path):
    """On SQLite, or on Kafka and PostgreSQL."""
    if request.param == "distributed":
        return request.getfixturevalue("distributed")
    return prepared.copied(tmp_path / "embedded")


@contextmanager
def running(installation, forks):
    """All roles: in one process started as people start it, or each in its own, some of them twice."""
    with ExitStack() as stack:
        if installation.folder.name == "embedded":
            stack.enter_context(_started(installation))
        else:
            commands = [("run", role) for role in ROLES]
            commands += [("run", "connector", system) for system in (*SYSTEMS, "crm")]
            for number, command in enumerate(commands):
                log = installation.folder / f"stderr-{number}.txt"
                process = forks.start("--config", installation.config, *command, log=log)
                stack.callback(_stop, process, log)
        yield


@contextmanager
def _started(installation):
    command = [sys.executable, "-m", "habeas", "--config", installation.config, "up"]
    with (installation.folder / "stderr.txt").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            yield
            process.terminate()
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()


def _stop(process, log):
    code = process.stop(PATIENCE_S)
    process.kill()
    assert code == 0, log.read_text()[-2000:]


def everything(installation):
    """All that was told and done, by which a repetition would be noticed."""
    kinds = (RequestAccepted, TaskCompleted, ResponseAssembled, ResponseDelivered)
    told = {kind: sorted({event.write() for event in installation.events(kind)}) for kind in kinds}
    answers = {
        str(path.relative_to(installation.folder)): path.read_bytes()
        for path in (installation.folder / "answers").rglob("*")
        if path.is_file()
    }
    return told, answers, installation.effects(), installation.files()


def await_quiet(installation):
    """Return once every group has read all that lies on the log, and nothing waits to be published."""
    with installation.opened() as habeas:

        def quiet():
            with habeas.database.reading() as connection:
                if outbox.length(connection):
                    return False
            for group, topics in groups(SYSTEMS).items():
                committed = habeas.event_log.committed(group, topics)
                ends = habeas.event_log.end_offsets(topics)
                if any(committed.get(place, 0) < end for place, end in ends.items()):
                    return False
            return True

        await_true(quiet, timeout_s=PATIENCE_S, what="the log to be read to its end")


def letters(installation):
    with installation.opened() as habeas, habeas.database.reading() as connection:
        return select_letters(connection, Selection())


def test_access_erasure_and_restriction_are_fulfilled_in_every_system(installation, forks):
    """With an answer for each, and reports of what was really done."""
    trials = installation.trials()
    ids = dict(zip(trials, installation.submit(*trials.values()), strict=True))
    with running(installation, forks):
        installation.await_delivery(list(ids.values()))
    done = {right: installation.case(id_).completions for right, id_ in ids.items()}
    assert all(set(each) == set(SYSTEMS) for each in done.values())
    assert all(each.left_over == 0 for of_right in done.values() for each in of_right.values())
    assert not any(each.effects for each in done[Right.ACCESS].values())
    changed = Counter((effect.table, effect.verb) for effect in installation.effects()["crm"])
    reported = done[Right.ERASURE]["crm"].effects
    hanging = {table: verbs["erased"] for table, verbs in reported.items() if table != "customers"}
    assert {table: changed[table, "DELETE"] for table in hanging} == hanging != {}
    erased, restricted = (
        reported["customers"]["erased"],
        done[Right.RESTRICTION]["crm"].effects["customers"]["restricted"],
    )
    assert changed["customers", "UPDATE"] == erased + restricted == 2
    folders = {path.name.split("-")[0]: path for path in (installation.folder / "answers").iterdir()}
    assert set(folders) == {"access", "erasure", "restriction"}
    for right, folder in folders.items():
        assert sorted(path.name for path in folder.iterdir() if path.is_file()) == ["answer.zip", "letter.pdf"]
        assert {path.name[:7] for path in folder.iterdir() if path.is_dir()} <= {"client-"}
        with zipfile.ZipFile(folder / "answer.zip") as package:
            assert package.testzip() is None
        assert ids[Right(right)] in folder.name
    assert letters(installation) == []


def test_duplicated_and_reordered_events_change_nothing(installation, forks):
    """Requests come first shuffled and several times; when all is answered, the whole log comes again, backwards."""
    trials = installation.trials()
    ids = installation.submit(*trials.values())
    with installation.opened() as habeas:
        with habeas.database.reading() as connection:
            waiting = [each.message for each in outbox.take(connection, [LANE], limit=100)]
        shuffled = waiting * 3
        random.Random(1).shuffle(shuffled)
        habeas.event_log.append(shuffled)
    with running(installation, forks):
        installation.await_delivery(ids)
        await_quiet(installation)
        before = everything(installation)
        with installation.opened() as habeas:
            again = [
                Message(record.topic, record.key, record.value, record.headers)
                for topic in TOPICS
                for record in habeas.event_log.read(topic)
            ]
            habeas.event_log.append(again[::-1])
        await_quiet(installation)
    assert everything(installation) == before
    assert all(installation.case(each).state is CaseState.DELIVERED for each in ids)
    assert letters(installation) == []
    told = before[0]
    assert {kind: len(events) for kind, events in told.items()} == {
        RequestAccepted: 3,
        TaskCompleted: 12,
        ResponseAssembled: 3,
        ResponseDelivered: 3,
    }
