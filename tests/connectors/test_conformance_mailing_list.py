"""The mailing list connector over its embedded list server keeps every connector's promises."""
# ruff: noqa: RUF001 (Turkish has a dotless i)

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connectors.mailing_list import EmbeddedBackend, MailingListConnector
from connectors.mailing_list.embedded import create_database
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.testing.connectors import ConnectorConformance, Populated

PEOPLE = """
    INSERT INTO lists VALUES ('news', 'Customs news'), ('tariff', 'Tariff changes');
    INSERT INTO subscribers VALUES (1, 'Åsa Yıldız', 'åsa yıldız'), (3, 'Cy Dunn', 'cy dunn'),
        (4, 'Åsa  Yıldız', 'åsa yıldız');
    INSERT INTO addresses (id, subscriber_id, email, email_key, registered_on) VALUES
        (1, 1, 'Asa.Yildiz@Example.org', 'asa.yildiz@example.org', '2020-02-01'),
        (2, 1, 'asa@example.net', 'asa@example.net', '2021-03-01'),
        (3, 3, 'cy@example.org', 'cy@example.org', NULL),
        (4, 4, 'other.asa@example.org', 'other.asa@example.org', '2022-01-01');
    INSERT INTO memberships (id, list_id, address_id, role, delivery, digest, subscribed_on) VALUES
        (1, 'news', 1, 'member', 'enabled', 1, '2020-02-01'),
        (2, 'tariff', 2, 'member', 'disabled', 0, NULL),
        (3, 'news', 1, 'moderator', 'enabled', 0, '2020-02-02'),
        (4, 'news', 3, 'member', 'enabled', 0, '2020-02-02'),
        (5, 'news', 4, 'member', 'enabled', 0, '2020-02-02');
    INSERT INTO held_messages (id, list_id, email_key, sender, subject, text, held_at) VALUES
        (1, 'news', 'asa.yildiz@example.org', 'Åsa <Asa.Yildiz@Example.org>', 'Re: codes', 'Hello', '2024-01-01T10:00:00'),
        (2, 'news', 'cy@example.org', 'cy@example.org', NULL, 'Hi', '2024-01-01T10:00:00');
    INSERT INTO bans (id, list_id, email_key) VALUES (1, NULL, 'asa@example.net'), (2, 'news', 'cy@example.org');
"""


def subject(token: str, name: str, *emails: str) -> Subject:
    addresses = tuple(identifier(IdentifierKind.EMAIL, email) for email in emails)
    return Subject(token, (*addresses, identifier(IdentifierKind.NAME, name)))


class TestMailingList(ConnectorConformance):
    @pytest.fixture
    def populated(self, tmp_path: Path) -> Iterator[Populated]:
        path = tmp_path / "lists.db"
        create_database(path)
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(PEOPLE)
        garbage = tmp_path / "garbage.db"
        garbage.write_bytes(b"asa.yildiz@example.org is not a database" * 100)
        connector = MailingListConnector(EmbeddedBackend(path))
        yield Populated(
            connector,
            person=subject("p", "Åsa Yıldız", "ASA.yildiz@example.org"),
            records=frozenset(
                {
                    ("subscriptions", "1"),
                    ("subscriptions", "2"),
                    ("subscriptions", "3"),
                    ("held messages", "1"),
                    ("bans", "1"),
                    ("addresses", "1"),
                    ("addresses", "2"),
                }
            ),
            namesake=subject("n", "Åsa Yıldız", "other.asa@example.org"),
            namesake_records=frozenset({("addresses", "4")}),
            bystander=subject("b", "Cy Dunn", "cy@example.org"),
            unknown=subject("u", "Nemo Nobody", "nemo@example.org"),
            broken=MailingListConnector(EmbeddedBackend(garbage)),
            written_as=frozenset({"Asa.Yildiz@Example.org", "asa@example.net"}),
            corrections={("addresses", each): {"display_name": "Åsa Yildiz"} for each in ("1", "2")},
        )
        connector.close()
