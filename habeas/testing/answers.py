"""Synthetic answers, one of each right, of the parts that systems give."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from typing import Any

from habeas.domain.outcomes import Decision, Disclose, Reason, Withhold
from habeas.domain.plans import PlanItem, PlannedRecord
from habeas.domain.records import Field, Match, Record, Scalar, Unsearched
from habeas.domain.requests import Right
from habeas.domain.subjects import IdentifierKind
from habeas.letters.answer import SystemOutcome
from schemas.events import SummaryLine

CATEGORIES = {
    "name": "identity", "email": "contact", "phone": "contact", "amount": "transaction", "password": "profile",
}  # fmt: skip


def record(collection: str, values: Mapping[str, Scalar], *, key: str = "1") -> PlannedRecord:
    """A record of which all is disclosed, but fields named password (a secret) and contact_name (somebody else's)."""
    fields = tuple(
        Field(
            name, value, CATEGORIES.get(name, "profile"), secret=name == "password", other_person=name == "contact_name"
        )
        for name, value in values.items()
    )
    groups = (
        Decision(Disclose(), tuple(f.name for f in fields if not f.secret and not f.other_person)),
        Decision(Withhold(Reason.CREDENTIAL), tuple(f.name for f in fields if f.secret)),
        Decision(Withhold(Reason.OTHERS_RIGHTS), tuple(f.name for f in fields if f.other_person)),
    )
    found = Record(collection, key, Match.STRONG, (IdentifierKind.EMAIL,), fields)
    return PlannedRecord(found, tuple(each for each in groups if each.fields))


def plan(items: Iterable[PlanItem]) -> Callable[[], AbstractContextManager[Iterator[PlanItem]]]:
    """A plan that can be opened again and again."""

    @contextmanager
    def opened() -> Iterator[Iterator[PlanItem]]:
        yield iter(items)

    return opened


def line(collection: str, outcome: str, reason: str, records: int, **more: Any) -> SummaryLine:
    return SummaryLine(collection=collection, outcome=outcome, reason=reason, records=records, **more)


def system(
    name: str,
    *,
    title: str | None = None,
    status: Any = "completed",
    summary: tuple[SummaryLine, ...] = (),
    items: Iterable[PlanItem] = (),
    effects: Mapping[str, Mapping[str, int]] | None = None,
    left_over: int = 0,
) -> SystemOutcome:
    return SystemOutcome(name, title or name.capitalize(), status, summary, effects or {}, left_over, plan(items))


CRM_ROWS = [
    record(
        "customers", {"name": "Ada Sample", "email": "ada@example.org", "phone": "+441614960123", "password": "hunter2"}
    ),
    record("notes", {"text": "Called about a quotation.", "contact_name": "Bob Other", "pinned": True, "score": None}),
]


def access_systems() -> tuple[SystemOutcome, ...]:
    """Four systems, 30 records: the answer of every day."""
    invoices = [
        record("invoices", {"number": f"INV-{n:04}", "name": "Ada Sample", "amount": 120.5 + n, "paid": n % 2 == 0})
        for n in range(26)
    ]
    return (
        system(
            "crm",
            title="Customer database",
            summary=(
                line("customers", "disclose", "art-15-1", 1),
                line("customers", "withhold", "security-of-processing", 1),
                line("notes", "disclose", "art-15-1", 1),
                line("notes", "withhold", "art-15-4", 1),
            ),
            items=CRM_ROWS,
        ),
        system(
            "billing",
            title="Billing",
            summary=(line("invoices", "disclose", "art-15-1", 26),),
            items=invoices,
        ),
        system(
            "mailing_list",
            title="Newsletter",
            summary=(line("members", "disclose", "art-15-1", 1),),
            items=[record("members", {"email": "ada@example.org", "delivery": "digest"})],
        ),
        system(
            "customs_files",
            title="Customs files",
            summary=(
                line("declarations", "refer", "art-28-3-e", 3, controller="Northgate Imports Ltd"),
                line("mails", "review", "weak-match", 2),
            ),
            items=[Unsearched("archive-1.zip", "encrypted"), Unsearched("archive-2.zip", "encrypted")],
        ),
    )


def erasure_systems() -> tuple[SystemOutcome, ...]:
    return (
        system(
            "crm",
            title="Customer database",
            summary=(
                line("customers", "retain", "art-17-3-b", 1, rule="customer-basics", until=None),
                line("customers", "erase", "art-17-1", 1),
                line("web_visits", "erase", "art-17-1", 1204),
                line("statistics", "anonymise", "art-17-1", 12),
            ),
            effects={
                "customers": {"erased": 1, "restricted": 1},
                "web_visits": {"erased": 1204},
                "statistics": {"anonymised": 12},
            },
        ),
        system(
            "billing",
            title="Billing",
            summary=(
                line("invoices", "retain", "art-17-3-b", 2, rule="customer-basics", until=date(2031, 5, 4)),
                line("invoices", "retain", "art-17-3-b", 1, rule="customer-basics", until=date(2030, 2, 28)),
            ),
            effects={"invoices": {"restricted": 3}},
        ),
        system("mailing_list", title="Newsletter"),
        system(
            "customs_files",
            title="Customs files",
            summary=(
                line("declarations", "refer", "art-28-3-e", 3, controller="Northgate Imports Ltd"),
                line("mails", "review", "weak-match", 2),
                line("letters", "erase", "art-17-1", 5),
            ),
            effects={"letters": {"erased": 4}},
            left_over=1,
            items=[Unsearched("scan.pdf", "a PDF: not supported yet")],
        ),
        system("portal", title="Customer portal", status="silent"),
        system("archive", title="Paper archive", status="failed", effects={"boxes": {"erased": 2}}),
    )


def restriction_systems() -> tuple[SystemOutcome, ...]:
    return (
        system(
            "crm",
            title="Customer database",
            summary=(line("customers", "restrict", "art-18-1", 1), line("old_mails", "review", "not-possible", 4)),
            effects={"customers": {"restricted": 1}},
        ),
    )


def portability_systems() -> tuple[SystemOutcome, ...]:
    customer = Record(
        "customers",
        "1",
        Match.STRONG,
        (IdentifierKind.EMAIL,),
        (Field("name", "Ada Sample", "identity"), Field("score", 7, "credit")),
    )
    decisions = (
        Decision(Disclose(Reason.PORTABLE), ("name",)),
        Decision(Withhold(Reason.NOT_PORTABLE), ("score",)),
    )
    return (
        system(
            "crm",
            title="Customer database",
            summary=(line("customers", "disclose", "art-20-1", 1), line("customers", "withhold", "not-portable", 1)),
            items=[PlannedRecord(customer, decisions)],
        ),
    )


def rectification_systems() -> tuple[SystemOutcome, ...]:
    return (
        system(
            "crm",
            title="Customer database",
            summary=(line("customers", "rectify", "art-16", 1),),
            effects={"customers": {"rectified": 1}},
        ),
        system(
            "customs_files",
            title="Customs files",
            summary=(
                line("declarations", "annotate", "filed", 2),
                line("entry summary declarations", "review", "filed", 1),
                line("tables", "annotate", "art-16-statement", 3),
                line("archives", "review", "art-16-statement", 1),
            ),
            effects={"declarations": {"annotated": 2}, "tables": {"annotated": 3}},
        ),
        system("mailing_list", title="Newsletter"),
    )


def objection_systems() -> tuple[SystemOutcome, ...]:
    return (
        system(
            "crm",
            title="Customer database",
            summary=(
                line("customers", "withhold", "other-purpose", 1),
                line("customers", "withhold", "not-reached", 1),
                line("web_visits", "restrict", "art-18-1-d", 14),
                line("profiles", "review", "art-18-1-d", 1),
            ),
            effects={"web_visits": {"restricted": 14}},
        ),
    )


def withdrawal_systems() -> tuple[SystemOutcome, ...]:
    return (
        system(
            "mailing_list",
            title="Newsletter",
            summary=(line("members", "erase", "art-7-3", 1), line("members", "suppress", "art-7-3", 1)),
            effects={"members": {"erased": 1, "suppressed": 1}},
        ),
        system(
            "crm",
            title="Customer database",
            summary=(
                line("customers", "withhold", "other-purpose", 1),
                line("preferences", "retain", "art-17-3-b", 1, rule="customer-basics", until=date(2031, 5, 4)),
            ),
            effects={"preferences": {"restricted": 1}},
        ),
    )


SYSTEMS = {
    Right.ACCESS: access_systems,
    Right.PORTABILITY: portability_systems,
    Right.RECTIFICATION: rectification_systems,
    Right.ERASURE: erasure_systems,
    Right.RESTRICTION: restriction_systems,
    Right.OBJECTION: objection_systems,
    Right.WITHDRAWAL: withdrawal_systems,
    Right.AUTOMATED_DECISIONS: tuple,
}
