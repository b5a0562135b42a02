"""The page that a package starts with: one HTML file that needs nothing else and runs nothing."""

from collections.abc import Sequence

from jinja2 import Environment, StrictUndefined, TemplateError

from habeas.errors import ConfigurationError
from habeas.letters.account import collection_title
from habeas.letters.contents import Contents
from habeas.letters.disclosed import Findings, Mark, Table
from habeas.letters.letterhead import Letterhead
from habeas.letters.plain import closing, salutation
from habeas.letters.templates import Templates
from habeas.letters.visible import visible
from habeas.letters.wording import Wording

TABLES_MAX = 50
"""With their first rows on the page; the others are only counted."""

COLUMNS_MAX = 40


class Page:
    """The template, compiled once. Everything filled in is escaped."""

    def __init__(self, templates: Templates) -> None:
        jinja = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        jinja.filters |= {"visible": visible, "title": collection_title}
        jinja.tests["mark"] = lambda value: isinstance(value, Mark)
        try:
            self._template = jinja.from_string(templates.read("page.html"))
        except TemplateError as error:
            raise ConfigurationError(f"templates: page.html: {error.message}") from None

    def render(
        self, head: Letterhead, contents: Contents, findings: Sequence[Findings] | None, wording: Wording
    ) -> bytes:
        """The page, in UTF-8; without findings it is a letter, and no package goes with it.

        Raises ConfigurationError for a template that asks for what there isn't.
        """
        tables = [table for found in findings or () for table in found.tables]
        shown = {id(table) for table in tables[:TABLES_MAX]}
        try:
            text = self._template.render(
                head=head,
                contents=contents,
                controller=head.register.controller,
                language=wording.language,
                words=wording.phrases,
                parts=[
                    (system, [table for table in found.tables if id(table) in shown])
                    for system, found in zip(contents.systems, findings or (), strict=True)
                ],
                columns=_columns,
                say=wording.say,
                date=wording.date,
                salutation=salutation(head, wording),
                closing=closing(head, wording),
                has_package=findings is not None,
                has_data=bool(tables),
                more_tables=len(tables) - len(shown),
            )
        except TemplateError as error:
            raise ConfigurationError(f"templates: page.html: {error.message}") from None
        return text.encode()


def _columns(table: Table) -> list[str]:
    return list(table.columns)[:COLUMNS_MAX]
