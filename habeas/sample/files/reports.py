"""Reports that were printed to PDF."""

import typst

from habeas.sample.files.drafts import Cast, Draft, Mentions

_MADE_AT = 1_577_836_800  # so that the same seed makes the same bytes


def report(cast: Cast) -> Draft:
    """A page about a visit to the first of the cast; the others were there."""
    mentions = Mentions(cast.dice)
    first, *others = cast.people
    lines = [
        f"Report of a visit, {cast.client.name}, {cast.day():%d.%m.%Y}",
        f"Present: {', '.join([mentions.plain_name(first), *map(mentions.plain_name, others)])}",
        f"Minutes to {mentions.email(first)}, customer number {mentions.customer_number(first)}.",
    ]
    page = "\n\n".join(f'#"{line}"' for line in lines)
    pdf = typst.compile(page.encode(), format="pdf", ignore_system_fonts=True, timestamp=_MADE_AT)
    assert isinstance(pdf, bytes)
    return Draft(f"report_{cast.number:06d}.pdf", "pdf", pdf, mentions.noted())
