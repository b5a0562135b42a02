"""Notices go by mail over TLS, one message each, to a mail server as it is."""

from datetime import UTC, datetime

import pytest

from consumers.delivery.mailing import MailServer, message
from consumers.delivery.notice_errors import NotTakenError, RefusedError, UnreachableError
from consumers.delivery.tls import context
from habeas.testing.services.certificates import make_certificate
from habeas.testing.services.processes import free_ports
from habeas.testing.services.smtp_server import running_smtp


@pytest.fixture
def files(tmp_path):
    return make_certificate(tmp_path)


@pytest.fixture
def smtp(files):
    with running_smtp(files) as server:
        yield server


def mail(**changed):
    usual = {
        "id_": "9c1d4e2a", "to": "privacy@example.org", "sender": "dpo@example.com", "subject": "Article 19",
        "text": "Erase Åda\n.\nnow", "html": "<p>Åda</p>", "letter": b"%PDF", "now": datetime(2026, 11, 22, tzinfo=UTC),
    }  # fmt: skip
    return message(**usual | changed)


def server_of(smtp, files, **more):
    return MailServer("localhost", smtp.port, tls=more.pop("tls", "starttls"), context=context(files[0]), **more)


def test_a_mail_carries_the_letter_in_its_three_forms_and_an_id_that_stays(smtp, files):
    for _ in range(2):
        server_of(smtp, files).send(mail())
    first, second = smtp.taken
    assert smtp.encrypted == [True, True]
    assert (first["To"], first["From"], first["Subject"]) == ("privacy@example.org", "dpo@example.com", "Article 19")
    assert first["Message-ID"] == second["Message-ID"] == "<9c1d4e2a@example.com>"
    assert first.get_body(("plain",)).get_content().splitlines() == ["Erase Åda", ".", "now"]
    assert "Åda" in first.get_body(("html",)).get_content()
    assert [part.get_content() for part in first.iter_attachments()] == [b"%PDF"]


def test_the_user_is_told_over_tls_only(smtp, files):
    smtp.login = ("habeas", "a secret")
    server_of(smtp, files, login=smtp.login).send(mail())
    assert smtp.encrypted == [True]
    with pytest.raises(NotTakenError, match="user or the password"):
        server_of(smtp, files, login=("habeas", "another")).send(mail())


@pytest.mark.parametrize(
    ("replies", "error"),
    [("451", NotTakenError), ("RCPT 450", NotTakenError), ("554", RefusedError), ("RCPT 550", RefusedError)],
)
def test_what_the_server_replies_decides_whether_it_is_tried_again(smtp, files, replies, error):
    """Its words, in which the address may be, are not kept."""
    smtp.script = [replies]
    with pytest.raises(error, match=r"^mail status \d{3}$"):
        server_of(smtp, files).send(mail())
    assert smtp.taken == []


def test_a_server_without_tls_is_told_nothing(files):
    with running_smtp() as plain:
        with pytest.raises(RefusedError, match="no TLS"):
            server_of(plain, files).send(mail())
        assert plain.taken == []


def test_a_server_with_an_unknown_certificate_is_told_nothing(smtp, files, tmp_path):
    (tmp_path / "other").mkdir()
    others = make_certificate(tmp_path / "other")
    with pytest.raises(NotTakenError, match="SSLCertVerificationError"):
        server_of(smtp, others).send(mail())
    assert smtp.taken == []


def test_nobody_there_is_an_outage(files):
    (port,) = free_ports(1)
    with pytest.raises(UnreachableError):
        MailServer("127.0.0.1", port, tls="none", context=context(files[0])).send(mail())


def test_nothing_breaks_out_of_a_header():
    for name in ("to", "sender", "subject"):
        with pytest.raises(ValueError, match=r"."):
            mail(**{name: "a@example.org\r\nBcc: b@example.org"})
