"""What a letter says: templates of a few plain blocks, filled in and taken apart.

A template is Jinja whose outcome is a small part of Markdown: `# ` the subject, `## ` a heading, `- ` items of a list,
`[name]` alone on a line for something inserted there (the systems, the signature), and paragraphs, with empty lines
between. Values are laid on one line and marked as they are filled in, so that none can begin or end a block; nothing
in them is taken for markup by the letter or the page either, which get the blocks as data.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError

from habeas.errors import ConfigurationError
from habeas.letters.templates import Templates
from habeas.letters.visible import visible

Kind = Literal["subject", "heading", "paragraph", "list", "insert"]


@dataclass(frozen=True, slots=True)
class Block:
    """One block; a list has its items instead of a text."""

    kind: Kind
    text: str = ""
    items: tuple[str, ...] = ()


# Before each value filled in, so that it never stands first in its line; taken out at the end.
_VALUE = "\ue000"
_SPACES = re.compile(r"[^\S\u00a0]+")  # those within numbers stay as they are


def _one_line(value: object) -> object:
    return _VALUE + _SPACES.sub(" ", visible(value)).strip(" ") if isinstance(value, str) else value


class Prose:
    """The templates, each compiled once."""

    def __init__(self, templates: Templates) -> None:
        self._jinja = Environment(  # noqa: S701 - the outcome is text; the page escapes it where it goes into HTML
            loader=FunctionLoader(templates.read),
            undefined=StrictUndefined,
            finalize=_one_line,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,  # what is included ends its paragraph
        )

    def blocks(self, name: str, values: Mapping[str, object]) -> tuple[Block, ...]:
        """Fill in a template. Raises ConfigurationError naming it, and the line where Jinja tells."""
        try:
            text = self._jinja.get_template(name).render(values)
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            where = f", line {line}" if line else ""
            raise ConfigurationError(f"templates: {name}{where}: {error.message}") from None
        return tuple(_without_marks(block) for block in _blocks(text))


def _without_marks(block: Block) -> Block:
    items = tuple(item.replace(_VALUE, "") for item in block.items)
    return Block(block.kind, block.text.replace(_VALUE, ""), items)


def _blocks(text: str) -> Iterator[Block]:
    for chunk in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in chunk.strip().split("\n") if line.strip()]
        if not lines:
            continue
        first = lines[0]
        if first.startswith("# "):
            yield Block("subject", first[2:])
        elif first.startswith("## "):
            yield Block("heading", first[3:])
        elif first.startswith("- "):
            yield Block("list", items=tuple(_items(lines)))
        elif len(lines) == 1 and re.fullmatch(r"\[[a-z_]+\]", first):
            yield Block("insert", first[1:-1])
        else:
            yield Block("paragraph", " ".join(lines))


def _items(lines: list[str]) -> Iterator[str]:
    """Each item with the lines that go on with it."""
    item: list[str] = []
    for line in lines:
        if line.startswith("- ") and item:
            yield " ".join(item)
            item = []
        item.append(line.removeprefix("- ") if not item else line)
    yield " ".join(item)
