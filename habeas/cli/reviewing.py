"""`habeas review` and `habeas instruct`: what a person, or a client, has to decide."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from habeas.cli import evidence
from habeas.cli.output import AsJson, console, print_json, table
from habeas.cli.session import Session, actor, full_request_id
from habeas.domain.cases import Case
from habeas.domain.reviews import Verdict
from habeas.errors import NotFoundError, UserError

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas
    from producers.reviewing import Choice, OpenItem

app = typer.Typer(help="Weak matches, and what else somebody has to decide.", no_args_is_help=True)

RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="A request id, or how it begins.")]
Why = Annotated[str, typer.Option("--reason", help="Why, for the audit trail; without the person's name.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]
Systems = Annotated[list[str] | None, typer.Option("--system", help="Only of this system; may be repeated.")]
LABELS_SHOWN_MAX = 4


@app.command("list")
def list_(context: typer.Context, system: Systems = None, as_json: AsJson = False) -> None:
    """What is open over all requests, oldest due first."""
    from producers.reviewing import Choice  # noqa: PLC0415 - keeps `habeas --help` quick

    session: Session = context.obj
    with session.opened() as habeas:
        choice = Choice(systems=system or ())
        found = [(case, choice.of(habeas.reviewing.items(case))) for case in habeas.reviewing.cases()]
    if as_json:
        print_json([{**_of_case(case), **_as_data(item)} for case, items in found for item in items])
        return
    rows = [_row(case, group) for case, items in found for group in _grouped(items)]
    if not rows:
        console().print("Nothing to decide.")
        return
    columns = ["request", "due", "system", "collection", "why", "records", "items"]
    console().print(table(None, columns, rows))
    console().print("'habeas review show REQUEST' lays the evidence side by side.")


@app.command("show")
def show(
    context: typer.Context,
    request_id: RequestId,
    item: Annotated[list[str] | None, typer.Option(help="Only this item, as crm:3; may be repeated.")] = None,
    system: Systems = None,
    as_json: AsJson = False,
) -> None:
    """What the request states about the person, beside what each open record holds. It is noted that you looked."""
    from producers.reviewing import Choice  # noqa: PLC0415 - keeps `habeas --help` quick

    session: Session = context.obj
    with session.opened() as habeas:
        case = _case(habeas, full_request_id(habeas, request_id))
        items = Choice(labels=item or (), systems=system or ()).of(habeas.reviewing.items(case))
        if not items:
            console().print("Nothing to decide.")
            return
        identity = habeas.reviewing.identity(case, actor=actor())
        laid_out = evidence.gather(habeas, case, identity, items)
        titles = habeas.settings.titles
    if as_json:
        print_json([{**_as_data(each.item), **each.as_data()} for each in laid_out])
    else:
        evidence.print_all(case, identity, laid_out, titles=titles)


@app.command("decide")
def decide(
    context: typer.Context,
    request_id: RequestId,
    items: Annotated[list[str] | None, typer.Argument(metavar="[ITEM]…", help="Which, as crm:3.")] = None,
    same_person: Annotated[bool, typer.Option("--same-person", help="It is this person: carry the right out.")] = False,
    other_person: Annotated[bool, typer.Option("--other-person", help="Somebody else: leave it alone.")] = False,
    done_by_hand: Annotated[bool, typer.Option("--done-by-hand", help="You have done what had to be done.")] = False,
    system: Systems = None,
    collection: Annotated[list[str] | None, typer.Option(help="All of this collection; may be repeated.")] = None,
    why: Annotated[
        list[str] | None, typer.Option("--why", help="All open for this, as weak-match; may be repeated.")
    ] = None,
    reason: Why = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Decide about open items; name them, or choose by system, collection or why they are open."""
    from producers.reviewing import Choice  # noqa: PLC0415 - keeps `habeas --help` quick

    verdicts = {
        Verdict.SAME_PERSON: same_person,
        Verdict.OTHER_PERSON: other_person,
        Verdict.DONE_BY_HAND: done_by_hand,
    }
    verdict = _the_one(verdicts)
    if not (items or system or collection or why):
        raise UserError("say which items, as crm:3, or choose them by --system, --collection or --why")
    choice = Choice(tuple(items or ()), tuple(system or ()), tuple(collection or ()), tuple(why or ()))
    _decide(context.obj, request_id, choice, verdict, reason=reason, yes=yes, as_json=as_json)


def instruct(
    context: typer.Context,
    request_id: RequestId,
    client: Annotated[str, typer.Option(help="The client whose instruction it is, as the referral names it.")],
    carry_out: Annotated[bool, typer.Option("--carry-out", help="The client wants it done.")] = False,
    decline: Annotated[bool, typer.Option("--decline", help="The client wants it left as it is.")] = False,
    reason: Why = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """A client's instruction about the records that are held for it and were referred (Article 28(3)(e))."""
    from producers.reviewing import Choice  # noqa: PLC0415 - keeps `habeas --help` quick

    verdict = _the_one({Verdict.CARRY_OUT: carry_out, Verdict.DECLINE: decline})
    said = reason or f"the client's instruction: {verdict}"
    _decide(context.obj, request_id, Choice(client=client), verdict, reason=said, yes=yes, as_json=as_json)


def _decide(
    session: Session, request_id: str, choice: "Choice", verdict: Verdict, *, reason: str, yes: bool, as_json: bool
) -> None:
    if not reason.strip():
        raise UserError("say why, as --reason 'another date of birth': it goes into the audit trail")
    with session.opened() as habeas:
        full_id = full_request_id(habeas, request_id)
        if not yes:
            case = _case(habeas, full_id)
            meant = choice.of(habeas.reviewing.items(case, referred=verdict.is_the_clients))
            if meant:
                typer.confirm(f"Decide about {_counted(meant)} as {verdict}?", abort=True, err=as_json)
        decided = habeas.reviewing.decide(full_id, choice, verdict, reason=reason, actor=actor())
        left = _case(habeas, full_id).reviews.open_count
    if as_json:
        print_json({"verdict": verdict, "decided": [_as_data(each) for each in decided], "open": left})
        return
    out = console()
    out.print(f"Decided about {_counted(decided)}: {verdict}.")
    out.print(f"{left:,} still open." if left else "Nothing is open any more: the person is written to again.")


def _the_one(verdicts: dict[Verdict, bool]) -> Verdict:
    chosen = [verdict for verdict, wanted in verdicts.items() if wanted]
    if len(chosen) != 1:
        raise UserError(f"say what is decided: one of {', '.join(f'--{each}' for each in verdicts)}")
    return chosen[0]


def _case(habeas: "Habeas", request_id: str) -> Case:
    from habeas.storage import cases  # noqa: PLC0415 - keeps `habeas --help` quick

    with habeas.database.reading() as connection:
        case = cases.fetch(connection, request_id)
    if case is None:
        raise NotFoundError(f"request {request_id} has not been opened on this log yet")
    return case


def _counted(items: "Sequence[OpenItem]") -> str:
    return "1 record" if len(items) == 1 else f"{len(items):,} records"


def _grouped(items: "Sequence[OpenItem]") -> "list[list[OpenItem]]":
    groups: dict[object, list[OpenItem]] = {}
    for each in items:
        groups.setdefault((each.system, each.collection, each.reasons), []).append(each)
    return list(groups.values())


def _row(case: Case, group: "Sequence[OpenItem]") -> list[str]:
    first, more = group[0], len(group) - LABELS_SHOWN_MAX
    labels = ", ".join(each.label for each in group[:LABELS_SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")
    return [
        case.request_id[:13],
        case.due_on.isoformat(),
        first.system,
        first.collection,
        ", ".join(first.reasons),
        f"{sum(each.count for each in group):,}",
        labels,
    ]


def _of_case(case: Case) -> dict[str, object]:
    return {"request_id": case.request_id, "right": case.right, "due_on": case.due_on}


def _as_data(item: "OpenItem") -> dict[str, object]:
    return {
        "item": item.label,
        "system": item.system,
        "collection": item.collection,
        "key": item.record.key if item.record else None,
        "reasons": list(item.reasons),
        "count": item.count,
        **({"client": item.controller} if item.controller else {}),
    }
