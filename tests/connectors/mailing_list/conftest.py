"""A real Mailman for the whole run, and a corner of its own in it for each test."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from connectors.mailing_list import MailingListConnector
from connectors.mailing_list.mailman import Journal, MailmanApi, MailmanBackend
from connectors.mailing_list.mailman.places import EVERY_LIST, Places
from connectors.mailing_list.mailman.preferences import noted
from habeas.domain.records import Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.ports import Effects
from habeas.testing.services import ServiceUnavailableError
from habeas.testing.services.mailman_server import MailmanServer, running_mailman
from habeas.testing.services.processes import await_answer

HELD_S_MAX = 60.0


class Corner:
    """A domain with lists, and what a test does there as the server's owner, not by the connector."""

    def __init__(self, server: MailmanServer, folder: Path) -> None:
        self.server = server
        self.api = MailmanApi(server.url, user=server.user, password=server.password)
        self.journal = Journal(folder / "journal.db")
        self.places = Places(self.api, self.journal)
        self.connector = MailingListConnector(MailmanBackend(self.api, self.journal))
        self.domain = f"d{uuid4().hex[:12]}.example.org"
        self.api.post("domains", mail_host=self.domain)

    def email(self, name: str) -> str:
        return f"{name}@{self.domain}"

    def list_id(self, name: str) -> str:
        return f"{name}.{self.domain}"

    def make_list(self, name: str, **settings: str) -> str:
        """Its id. Unless told otherwise members are told of everything, and their messages are held."""
        self.api.post("lists", fqdn_listname=self.email(name))
        told = {"send_welcome_message": "true", "send_goodbye_message": "true", "admin_notify_mchanges": "true"}
        settings = told | {"default_member_action": "hold", "admin_immed_notify": "false"} | settings
        self.api.patch("lists", self.list_id(name), "config", **settings)
        return self.list_id(name)

    def join(self, list_id: str, email: str, *, name: str = "", role: str = "member", **more: str) -> str:
        """The id of the membership."""
        flags = {"pre_verified": "true", "pre_confirmed": "true", "pre_approved": "true"}
        flags |= {"send_welcome_message": "false"}
        form = {"list_id": list_id, "subscriber": email, "display_name": name, "role": role}
        self.api.post("members", **form, **(flags if role == "member" else {}), **more)
        found = self.api.entries("members", "find", by="POST", subscriber=email, list_id=list_id, role=role)
        return str(next(iter(found))["member_id"])

    def write(self, list_id: str, sender: str, text: str) -> str:
        """Send a message that is held; the record's key."""
        before = {each["request_id"] for each in self.api.entries("lists", list_id, "held")}
        to = list_id.replace(".", "@", 1)
        message = f"From: {sender}\nTo: {to}\nMessage-ID: <{uuid4().hex}@mail>\nSubject: Codes\n\n{text}\n"
        self.api.post("queues", "in", list_id=list_id, text=message)

        def arrived() -> bool:
            return {each["request_id"] for each in self.api.entries("lists", list_id, "held")} != before

        await_answer(arrived, what="the held message", timeout_s=HELD_S_MAX)
        held = self.api.entries("lists", list_id, "held")
        return next(self.places.held_key(list_id, each) for each in held if each["request_id"] not in before)

    def ban(self, email: str, list_id: str = EVERY_LIST) -> str:
        """The record's key."""
        path = ("bans",) if list_id == EVERY_LIST else ("lists", list_id, "bans")
        self.api.post(*path, email=email)
        return self.places.ban_key(list_id, {"email": email})

    def address_key(self, email: str) -> str:
        address = self.api.get("addresses", email)
        assert address is not None
        return self.places.address_key(address)

    def mails(self) -> int:
        """How many mails Mailman has written and not yet sent: nothing sends them."""
        queue = self.api.get("queues", "virgin")
        assert queue is not None
        return int(queue["count"])

    def found(self, *emails: str, connector: MailingListConnector | None = None) -> list[Record]:
        found = (connector or self.connector).find([subject(*emails)])
        return [each.what for each in found if isinstance(each.what, Record)]

    def applied(
        self, plan: list[Record], act: str, *, task: str = "task-1", connector: MailingListConnector | None = None
    ) -> Effects:
        """Do to each record of a plan what a worker would; what was done."""
        with (connector or self.connector).applying(Subject("t1", ()), task) as application:
            if application.earlier is None:
                for record in plan:
                    {
                        "erase": lambda each: application.erase(each, ()),
                        "restrict": application.restrict,
                        "lift": application.lift,
                        "suppress": application.suppress,
                    }[act](record)
        return application.effects

    def rectified(
        self,
        plan: list[Record],
        corrections: Mapping[str, str],
        *,
        task: str = "task-1",
        connector: MailingListConnector | None = None,
    ) -> Effects:
        """Correct these fields of each address of a plan."""
        with (connector or self.connector).applying(Subject("t1", ()), task) as application:
            if application.earlier is None:
                for record in (each for each in plan if each.collection == "addresses"):
                    for name, value in corrections.items():
                        application.rectify(record, name, value)
        return application.effects

    @staticmethod
    def collections(records: list[Record]) -> list[str]:
        return [each.collection for each in records]

    def dump(self) -> str:
        """All that Mailman's database holds, in lower case."""
        with closing(sqlite3.connect(f"file:{self.server.database}?mode=ro", uri=True)) as connection:
            return "\n".join(connection.iterdump()).casefold()

    def preferences(self, member: str) -> dict[str, object]:
        """What a membership sets itself."""
        return noted(self.api.get("members", member, "preferences"))

    def clear(self) -> None:
        """With the domain go its lists, and with them what hangs on them."""
        self.connector.close()
        self.api.delete("domains", self.domain)
        for each in self.api.entries("users"):
            self.api.delete("users", each["user_id"])
        for each in self.places.all_addresses():
            self.api.delete("addresses", each["email"])
        for each in self.api.entries("bans"):
            self.api.delete("bans", each["email"])


def subject(*emails: str, token: str = "t1", name: str | None = None) -> Subject:
    known = [identifier(IdentifierKind.EMAIL, email) for email in emails]
    known += [identifier(IdentifierKind.NAME, name)] if name else []
    return Subject(token, tuple(known))


@pytest.fixture(scope="session")
def mailman_server() -> Iterator[MailmanServer]:
    """A real Mailman of this worker's own: a search goes through all of its lists."""
    service = running_mailman()
    try:
        server = service.__enter__()
    except ServiceUnavailableError as error:
        if os.environ.get("HABEAS_REQUIRE_SERVICES") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))
    try:
        yield server
    finally:
        service.__exit__(None, None, None)


@pytest.fixture
def corner(mailman_server: MailmanServer, tmp_path: Path) -> Iterator[Corner]:
    corner = Corner(mailman_server, tmp_path)
    yield corner
    corner.clear()
