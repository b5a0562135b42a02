"""A letter as plain text, for e-mail and for whoever reads no PDF."""

import textwrap
from collections.abc import Iterator, Sequence

from habeas.letters.account import SystemAccount
from habeas.letters.contents import Contents
from habeas.letters.letterhead import Letterhead
from habeas.letters.visible import visible
from habeas.letters.wording import Wording

COLUMNS = 76


def plain_text(head: Letterhead, contents: Contents, wording: Wording) -> str:
    """The same words as in the PDF, in lines of at most 76 characters; the addresses are the envelope's."""
    parts = [_heading(contents.subject, "="), _references(head, wording)]
    for block in contents.blocks:
        match block.kind:
            case "heading":
                parts.append(_heading(block.text, "-"))
            case "list":
                parts.append(_list(block.items))
            case "insert":
                parts += _inserted(block.text, head, contents, wording)
            case _:
                parts.append(_filled(block.text))
    return "\n\n".join(part for part in parts if part) + "\n"


def salutation(head: Letterhead, wording: Wording) -> str:
    """How the letter begins."""
    if head.greets is None:
        return wording.say("letter.salutation_unknown")
    return wording.say("letter.salutation", name=" ".join(visible(head.greets).split()))


def closing(head: Letterhead, wording: Wording) -> str:
    """How it ends."""
    return wording.say("letter.closing_unknown" if head.greets is None else "letter.closing")


def _inserted(name: str, head: Letterhead, contents: Contents, wording: Wording) -> Iterator[str]:
    match name:
        case "salutation":
            yield salutation(head, wording)
        case "systems":
            for system in contents.systems:
                yield from _system(system)
        case "information":
            for topic in contents.topics:
                yield _heading(topic.heading, "-")
                yield _list(topic.items)
        case "regulators":
            yield _list([", ".join((each.name, *each.address, each.url)) for each in head.regulators])
        case "said":
            yield from (_filled(each, first="    ", others="    ") for each in contents.said)
        case "holdings":
            held = ((each.what, each.where, each.whom, each.records) for each in contents.holdings)
            yield _list([", ".join(filter(None, each)) for each in held])
        case "contact" | "closing":
            yield "\n".join(_contact(head) if name == "contact" else _signature(head, wording))


def _contact(head: Letterhead) -> Iterator[str]:
    controller = head.register.controller
    yield f"{controller.data_protection_manager}, {controller.name}"
    yield ", ".join(controller.address)
    yield " · ".join(filter(None, (controller.email, controller.phone)))


def _signature(head: Letterhead, wording: Wording) -> Iterator[str]:
    controller = head.register.controller
    yield from (closing(head, wording), "", controller.data_protection_manager, controller.name)


def _system(system: SystemAccount) -> Iterator[str]:
    yield _heading(f"{system.title}: {system.label}", "-")
    yield _filled(system.statement)
    yield _list([f"{line.what} ({line.records}): {line.fate}. {line.why}" for line in system.lines])
    yield from map(_filled, system.notes)


def _references(head: Letterhead, wording: Wording) -> str:
    return "\n".join(
        f"{wording.say(f'letter.{name}')}: {value}"
        for name, value in (
            ("answered", wording.date(head.written_on)),
            (head.came, wording.date(head.received_on)),
            ("reference", head.reference),
        )
    )


def _heading(text: str, mark: str) -> str:
    lines = _filled(text)
    return f"{lines}\n{mark * max(map(len, lines.splitlines()), default=0)}"


def _list(items: Sequence[str]) -> str:
    return "\n".join(_filled(item, first="- ", others="  ") for item in items)


def _filled(text: str, *, first: str = "", others: str = "") -> str:
    return textwrap.fill(
        text,
        COLUMNS,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
