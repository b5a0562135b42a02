"""What is stated about files in a bucket that keeps old versions."""

from datetime import date

from habeas.domain.outcomes import Annotate, Reason
from habeas.domain.subjects import IdentifierKind, Subject, identifier

MAILS = ("anna.oberg@example.org", "anna@example.net", "secret@example.com")
ANNA = Subject("anna", tuple(identifier(IdentifierKind.EMAIL, each) for each in MAILS))


def test_each_version_is_told_by_what_stands_in_it(s3) -> None:
    """Nothing gets into the bucket that was not there."""
    s3.put("client/a.txt", "anna@example.net\n")
    s3.put("client/a.txt", "anna.oberg@example.org\n")
    plan = s3.strong(ANNA)
    with s3.connector.applying(ANNA, "task") as application:
        for record in plan:
            application.annotate(record, (), Annotate("Mine.", "r1", date(2026, 11, 22), Reason.STATEMENT))
    said = s3.text("client/a.txt.annotation.txt")
    old, new = said.split("Statement:")[:2]
    assert "E-mail: anna.oberg@example.org" in new
    assert "anna@example.net" not in new
    assert "E-mail: anna@example.net" in old
    assert "secret" not in said
    assert [each.annotated_for for each in s3.strong(ANNA) if not each.annotation] == [("r1",), ("r1",)]
