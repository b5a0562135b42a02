"""No planted name or address gets anywhere but into sealed artefacts: not to the log, the database, the metrics …

… the application's log lines or what it writes when it fails; the files are searched as they lie on the disk.
"""

import base64
import sqlite3
import urllib.request
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from habeas.domain.cases import SystemState
from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.wishes import Correction, Wish
from habeas.eventlog.interface import Message
from habeas.eventlog.kafka import KafkaLog
from habeas.storage.dead_letters import Selection, select_letters
from habeas.testing.canaries import CANARIES, found, searched
from habeas.testing.installation import PATIENCE_S, await_true
from habeas.testing.services.processes import free_ports
from producers.intake import Submission
from schemas.topics import COMPLETIONS, REQUESTS, TOPICS

NAME, EMAIL = CANARIES[0], CANARIES[2]
WHO = (identifier(IdentifierKind.EMAIL, EMAIL), identifier(IdentifierKind.NAME, NAME))

WISHES = {Right.RECTIFICATION: Wish(Right.RECTIFICATION, (Correction(f"not {NAME}", old=NAME),), statement=NAME)}


def plant(installation):
    """The person in every system, and a target that will quote them in its errors when it is told to."""
    systems = installation.folder / "systems"
    with closing(sqlite3.connect(systems / "crm.db")) as crm, crm:
        crm.execute(
            "INSERT INTO customers (id, customer_number, first_name, last_name, email, street, relation)"
            " VALUES (99001, 'C-99001', 'Zyzzogeton', 'Quackenbush', ?, '1 Wobbegong Row', 'customer')",
            (EMAIL,),
        )
        crm.execute("INSERT INTO activities VALUES (99001, 99001, '2026-01-01 10:00:00', 'call', ?, NULL)", (NAME,))
    with closing(sqlite3.connect(systems / "billing.db")) as billing, billing:
        billing.execute("INSERT INTO accounts (account_number, name, email) VALUES ('A-99001', ?, ?)", (NAME, EMAIL))
    with closing(sqlite3.connect(systems / "mailing_list.db")) as lists, lists:
        lists.execute("INSERT INTO subscribers VALUES (99001, ?, ?)", (NAME, NAME.lower()))
        lists.execute(
            "INSERT INTO addresses (id, subscriber_id, email, email_key) VALUES (99001, 99001, ?, ?)", (EMAIL, EMAIL)
        )
    client = min(each for each in (systems / "clients").iterdir() if each.name[:1] != ".")
    (client / "declarations").mkdir(exist_ok=True)
    (client / "declarations" / "note.csv").write_text(f"name,email\n{NAME},{EMAIL}\n")
    planted, _ = searched([systems])
    assert len(planted) == 4, "the canaries are not in all systems: the search would prove less"
    # targets whose own error text quotes the row that they refuse to change
    for database, table, column in (("crm", "customers", "last_name"), ("billing", "accounts", "name")):
        with closing(sqlite3.connect(systems / f"{database}.db")) as connection, connection:
            for verb in ("UPDATE", "DELETE"):
                connection.execute(
                    f"CREATE TRIGGER refuse_{verb} BEFORE {verb} ON {table} WHEN old.{column} LIKE '%Quackenbush%'"
                    f" BEGIN SELECT RAISE(ABORT, 'may not touch {NAME} <{EMAIL}>'); END"
                )


def poison(installation):
    """Messages that can't be read, of which one would tell a canary if anybody printed it."""
    value = b'{"request_id": "x", "name": "%s"}' % base64.b85encode(b"ordinary junk")
    headers = (("ce_specversion", b"1.0"), ("ce_id", b"1"), ("ce_type", b"habeas.request.accepted.v1"))
    with installation.opened() as habeas:
        habeas.event_log.append(
            [Message(REQUESTS.name, b"k", value, headers), Message(COMPLETIONS.name, b"k", b"\xff\xfe", ())]
        )


def letters(installation):
    with installation.opened() as habeas, habeas.database.reading() as connection:
        return select_letters(connection, Selection())


def live(installation, forks):
    """Every right, with failures on the way; what the metrics page says at the end."""
    (port,) = free_ports(1)
    installation.configure(
        work={"attempts_max": 2, "pause_s_min": 0.01, "pause_s_max": 0.02, "lease_s": 2},
        metrics={"port": port},
        logging={"level": "debug"},
    )
    plant(installation)
    with installation.opened() as habeas:
        habeas.event_log.ensure_topics(TOPICS)
        submissions = [Submission(right, WHO, IdentityCheck.LOGIN, wish=WISHES.get(right)) for right in Right]
        ids = [each.request_id for each in habeas.intake.submit(submissions, actor="tester")]
    poison(installation)
    process = forks.start("--config", installation.config, "up", log=installation.folder / "stderr.txt")
    try:
        installation.await_delivery(ids[:1])

        erasure = ids[list(Right).index(Right.ERASURE)]

        def failed():
            return {SystemState.FAILED} <= set(installation.case(erasure).systems.values())

        await_true(lambda: failed() and len(letters(installation)) >= 8, timeout_s=PATIENCE_S, what="the failures")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
            metrics = page.read()
        assert process.stop(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait(PATIENCE_S)
    return ids, metrics


def assert_nothing_told(installation, metrics, *, bytes_min):
    folder = installation.folder
    finds, size = searched([folder / "data", folder / "stderr.txt"])
    assert finds == {}
    assert size > bytes_min
    assert b"habeas_tasks_settled" in metrics
    assert found(metrics) == set()
    stderr = (folder / "stderr.txt").read_text()
    assert "task.failed" in stderr
    assert "message.poisonous" in stderr
    assert "Traceback" not in stderr


def stands_in(text, places):
    files = [file for place in places for file in (place.rglob("*") if place.is_dir() else [place]) if file.is_file()]
    return any(text.encode() in file.read_bytes() for file in files)


def test_the_search_finds_what_it_searches_for(tmp_path):
    """In other cases, in UTF-16, in base64 at any offset, percent-encoded."""
    for number, data in enumerate(
        (
            EMAIL.upper().encode(),
            NAME.encode("utf-16-le"),
            base64.b64encode(b"x" + NAME.encode() + b"yz"),
            base64.b64encode(b"xy" + NAME.encode() + b"z"),
            NAME.replace(" ", "%20").encode(),
            NAME.title().swapcase().encode(),
        )
    ):
        (tmp_path / str(number)).write_bytes(b"\0" * 100 + data + b"\0" * 100)
    finds, _ = searched([tmp_path])
    assert len(finds) == 6


def test_nothing_of_a_person_lies_on_the_embedded_set_up(prepared, forks, tmp_path):
    """The log's file, the state database, the key store and the vault as they lie on the disk, journals included."""
    installation = prepared.copied(tmp_path / "installation")
    ids, metrics = live(installation, forks)
    assert stands_in(ids[0], [installation.folder / "data" / "log.db", installation.folder / "data" / "log.db-wal"])
    assert_nothing_told(installation, metrics, bytes_min=100_000)


@pytest.mark.kafka
@pytest.mark.postgres
def test_nothing_of_a_person_lies_with_kafka_and_postgresql(distributed, forks, postgres_url, emptied_kafka):
    """The broker's log segments and the database's files, write-ahead log included."""
    ids, metrics = live(distributed, forks)
    assert_nothing_told(distributed, metrics, bytes_min=10_000)
    segments, postgres = _segments(emptied_kafka), _database_files(postgres_url)
    for places, least in ((segments, 10_000), (postgres, 100_000)):
        finds, size = searched(places)
        assert finds == {}
        assert size > least
        assert stands_in(ids[0], places), "what is known to be there is not found: the search proves nothing"
    assert found(_every_row(postgres_url)) == set()


def _segments(bootstrap):
    """The folders of our topics, as the broker names them."""
    log = KafkaLog(bootstrap, client_options={})
    try:
        with log._asking() as admin:
            answer = admin.describe_log_dirs()
    finally:
        log.close()
    folders = {Path(each["log_dir"]) for broker in answer for each in _directories(broker)}
    found = [path for folder in folders for path in folder.glob("dsr.*")]
    if not found:
        pytest.skip("the broker's disk can't be seen from here")
    return found


def _directories(broker):
    return broker if isinstance(broker, list) else broker.get("log_dirs", [broker])


def _database_files(url):
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        data = Path(connection.execute("SHOW data_directory").fetchone()[0])
        oid = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()[0]
    if not data.is_dir():
        pytest.skip("the database's disk can't be seen from here")
    return [data / "base" / str(oid), data / "pg_wal"]


def _every_row(url):
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return b"".join(_copied(connection, table) for (table,) in tables)


def _copied(connection, table):
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" TO STDOUT') as rows:
        return b"".join(map(bytes, rows))
