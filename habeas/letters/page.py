"""The page that a package starts with: one HTML file that needs nothing else.

Its script searches the tables on it and folds long ones. Without it the page shows the same, unfolded.
"""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

from jinja2 import Environment, StrictUndefined, TemplateError
from markupsafe import Markup

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
FOLDED_ROWS = 20
"""Of a longer table, shown at first."""


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
        self._script = _within_html(templates.read("page.js"))

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
                long=FOLDED_ROWS,
                has_search=any(len(table.preview) > 1 for table in tables[:TABLES_MAX]),
                all_on_page=len(tables) == len(shown) and all(len(each.preview) == each.rows for each in tables),
                script=self._script,
                script_digest=b64encode(sha256(self._script.encode()).digest()).decode(),
            )
        except TemplateError as error:
            raise ConfigurationError(f"templates: page.html: {error.message}") from None
        return text.encode()


def _within_html(script: str) -> Markup:
    """Raises ConfigurationError for a script that would end early within a page."""
    if "</script" in script.lower() or "<!--" in script:
        raise ConfigurationError("templates: page.js: neither </script nor <!-- can stand in it")
    return Markup(script)  # noqa: S704 - a template, and no data


def _columns(table: Table) -> list[str]:
    return list(table.columns)[:COLUMNS_MAX]
