"""The mailing list connector over a real Mailman keeps every connector's promises that need no transaction."""
# ruff: noqa: RUF001 (Turkish has a dotless i)

from typing import Any

import pytest

from connectors.mailing_list import MailingListConnector
from connectors.mailing_list.mailman import Journal, MailmanApi, MailmanBackend
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.testing.connectors import ConnectorConformance, Populated
from habeas.testing.services.processes import free_ports

pytestmark = pytest.mark.timeout(400)  # the first run installs Mailman

NAME = "Åsa Yıldız"


class TestMailman(ConnectorConformance):
    transactional = False

    @pytest.fixture
    def populated(self, corner: Any, tmp_path: Any) -> Populated:
        person, second = corner.email("asa.yildiz"), corner.email("asa")
        other, bystander = corner.email("other.asa"), corner.email("cy")
        news, tariff = corner.make_list("news"), corner.make_list("tariff")
        member = corner.join(news, corner.email("Asa.Yildiz"), name=NAME, delivery_mode="plaintext_digests")
        corner.api.post("users", person, "addresses", email=second)
        on_second = corner.join(tariff, second, delivery_status="by_user")
        moderator = corner.join(news, person, role="moderator")
        corner.join(news, other, name="ÅSA   Yıldız")
        corner.join(news, bystander, name="Cy Dunn")
        corner.ban(bystander, tariff)
        held = corner.write(news, f"Asa <{person}>", "Hello")
        corner.write(news, bystander, "Hi")
        ban = corner.ban(second)
        (closed,) = free_ports(1)
        nobody = MailmanApi(f"http://127.0.0.1:{closed}", user="x", password="x", timeout_s=1)
        return Populated(
            corner.connector,
            person=_subject("p", NAME, person),
            records=frozenset(
                {
                    ("subscriptions", member),
                    ("subscriptions", on_second),
                    ("subscriptions", moderator),
                    ("held messages", held),
                    ("bans", ban),
                    ("addresses", corner.address_key(person)),
                    ("addresses", corner.address_key(second)),
                }
            ),
            namesake=_subject("n", NAME, other),
            namesake_records=frozenset({("addresses", corner.address_key(other))}),
            bystander=_subject("b", "Cy Dunn", bystander),
            unknown=_subject("u", "Nemo Nobody", corner.email("nemo")),
            broken=MailingListConnector(MailmanBackend(nobody, Journal(tmp_path / "other.db"))),
            written_as=frozenset({person, second, corner.email("Asa.Yildiz")}),
            corrections={
                ("addresses", corner.address_key(each)): {"display_name": "Åsa Yildiz"} for each in (person, second)
            },
        )


def _subject(token: str, name: str, *emails: str) -> Subject:
    addresses = tuple(identifier(IdentifierKind.EMAIL, email) for email in emails)
    return Subject(token, (*addresses, identifier(IdentifierKind.NAME, name)))
