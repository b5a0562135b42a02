"""The processing register on a terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from habeas.domain.jurisdictions import jurisdictions
from habeas.domain.register import Language, Recipient, Register
from habeas.domain.retention import Matter, RetentionRule

_COUNTED = {
    "day": "from",
    "end-of-calendar-year": "from the end of the calendar year in which lies",
    "end-of-financial-year": "from the end of the financial year in which lies",
    "end-of-vat-period": "from the end of the VAT period in which lies",
}


def print_register(register: Register, out: Console) -> None:
    """Every section that says something, in the order in which a notice tells it."""
    for title, parts in _sections(register):
        shown = [each for each in parts if each is not None]
        if shown:
            out.print(Text(title, style="bold"))
            out.print(Padding(Group(*shown), (0, 0, 1, 2)))


def _sections(register: Register) -> Iterator[tuple[str, Sequence[RenderableType | None]]]:
    yield register.controller.name, [_pairs(_controller(register))]
    yield "Complaints go to", [_bullets(f"{r.name}, {r.url}{_where(r.countries)}" for r in register.regulators)]
    yield "Other controllers in the group", [_bullets(f"{a.name}: {_say(a.text)}" for a in register.affiliates)]
    yield "Categories of data", [_pairs(_categories(register))]
    yield "Purposes", [_purposes(register)]
    yield "Kept although asked to be erased", [_rules(register), _law_elsewhere(register)]
    yield "Legal holds", [_pairs((each.title, _matter(each)) for each in register.matters)]
    yield "Held for others", [_bullets(_roles(register))]
    yield "Recipients", [_bullets(f"{_say(r.text)}{_of(r.categories)}; {_told(r)}" for r in register.recipients)]
    yield "Sources", [_bullets(f"{_say(s.text)}{_of(s.categories)}" for s in register.sources)]
    yield "Transfers", [_bullets(f"{_say(t.text)}{_of(t.mechanisms)}" for t in register.transfers)]
    yield (
        "How long, otherwise",
        [_bullets(filter(None, [_say(register.retention_criteria), _say(register.statistics)]))],
    )
    decisions = [_say(register.automated_decisions), *(_say(each.text) for each in register.automated)]
    yield "Automated decisions", [_bullets(filter(None, decisions))]


def _told(recipient: Recipient) -> str:
    """How it hears of a change (Article 19)."""
    notify = recipient.notify
    if notify is None:
        return "to be told by a person"
    # a webhook's path may be as good as a password
    how = f"by mail to {notify.email}" if notify.email else f"by webhook to {urlsplit(notify.webhook or '').hostname}"
    return f"told {how}" + (f", of what is in {', '.join(sorted(notify.systems))}" if notify.systems else "")


def _controller(register: Register) -> Iterator[tuple[str, str]]:
    controller = register.controller
    known = jurisdictions().get(register.jurisdiction)
    yield "address", ", ".join(controller.address)
    contacts = (controller.data_protection_manager, controller.email, controller.phone, controller.contact_form)
    yield "contact", ", ".join(filter(None, contacts))
    if controller.company_number:
        yield "company number", controller.company_number
    yield "time runs by", f"{known.law.name} in {known.name}" if known else register.jurisdiction
    yield "established in", ", ".join(sorted(register.countries))
    yield "notice of", f"{register.notice_version:%-d %B %Y}"
    if register.languages:
        yield "languages", ", ".join(register.languages)


def _categories(register: Register) -> Iterator[tuple[str, str]]:
    sensitive = register.sensitive.special_categories | register.sensitive.children
    for name, texts in register.categories.items():
        yield name, _say(texts) + (" (sensitive)" if name in sensitive else "")


def _purposes(register: Register) -> Table | None:
    rows = [
        (
            _say(each.text) + (" (direct marketing)" if each.direct_marketing else ""),
            _listed(each.categories, register),
            ", ".join(basis.replace("-", " ") for basis in each.bases),
        )
        for each in register.purposes
    ]
    return _table(("what for", "categories", "basis"), rows, (5, 4, 3))


def _rules(register: Register) -> Table | None:
    return _pairs((each.id, _rule(each, register)) for each in register.retention if register.binds(each))


def _law_elsewhere(register: Register) -> Text | None:
    others = [
        f"{each.id}{_where(sorted(each.countries), 3)}" for each in register.retention if not register.binds(each)
    ]
    return Text(f"Not in force here: {', '.join(others)}", style="dim") if others else None


def _rule(rule: RetentionRule, register: Register) -> str:
    whom = ", ".join(_say(register.relations.get(each)) or each for each in sorted(rule.relations))
    what = f"{_listed(rule.categories, register)}; of {whom or 'anybody'}"
    return f"{what}\n{_period(rule, register)}\n{rule.legal_basis}"


def _period(rule: RetentionRule, register: Register) -> str:
    parts = ((rule.years, "year"), (rule.months, "month"), (rule.days, "day"))
    period = " ".join(f"{count} {unit}{'s' * (count != 1)}" for count, unit in parts if count is not None)
    dates = (each for each in (rule.anchor, rule.instead_of_anchor) if each)
    counted = ", or ".join(f"{_say(register.anchors.get(each)) or each}" for each in dates)
    return f"{period} {_COUNTED[rule.counted_from]} {counted}"


def _matter(matter: Matter) -> str:
    scope = [*sorted(matter.categories), *sorted(matter.relations), *matter.records]
    until = f", released {matter.released:%-d %B %Y}" if matter.released else ""
    return f"{', '.join(scope)}; since {matter.opened:%-d %B %Y}{until}"


def _roles(register: Register) -> Iterator[str]:
    for each in register.roles:
        whom = each.client or each.affiliate or "ourselves"
        of = f", of {', '.join(sorted(each.relations))}" if each.relations else ""
        yield f"{each.system}/{each.collection}{of}: for {whom} ({each.role})"


def _listed(categories: Iterable[str], register: Register) -> str:
    """In the register's own order."""
    named = {*categories}
    return ", ".join(each for each in register.categories if each in named)


def _say(texts: Mapping[Language, str] | None) -> str:
    return (texts or {}).get("en") or next(iter((texts or {}).values()), "")


def _where(countries: Sequence[str], most: int = 30) -> str:
    more = " …" if len(countries) > most else ""
    return f" ({', '.join(countries[:most])}{more})" if countries else ""


def _of(names: Iterable[str]) -> str:
    listed = ", ".join(sorted(each.replace("-", " ") for each in names))
    return f" ({listed})" if listed else ""


def _pairs(rows: Iterable[tuple[str, str]]) -> Table | None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, told in rows:
        grid.add_row(escape(name), escape(told))
    return grid if grid.row_count else None


def _bullets(lines: Iterable[str]) -> Table | None:
    return _pairs(("•", each) for each in lines)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[int]) -> Table | None:
    built = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0), leading=1)
    for column, share in zip(columns, shares, strict=True):
        built.add_column(column, ratio=share, overflow="fold")
    for row in rows:
        built.add_row(*map(escape, row))
    return built if rows else None
