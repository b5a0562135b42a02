"""`habeas opt-out`: links with which people end marketing, or withdraw consent, by one click."""

import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

import typer

from habeas.cli.csv_files import dialect_of
from habeas.cli.output import AsJson, console, print_json
from habeas.cli.session import Session
from habeas.errors import UserError

if TYPE_CHECKING:
    from producers.opting_out import OptingOut

app = typer.Typer(help="Links for opting out.", no_args_is_help=True)
COLUMN = "opt_out_link"


@app.callback()
def _group() -> None:
    """Keep `link` a command of its own."""


@app.command("link")
def link(
    context: typer.Context,
    addresses: Annotated[list[str] | None, typer.Argument(metavar="ADDRESS…", help="E-mail or phone.")] = None,
    purpose: Annotated[
        list[str] | None,
        typer.Option(help="Withdraw consent for this purpose of the register, instead of ending direct marketing."),
    ] = None,
    language: Annotated[
        Literal["en", "sv", "tr"] | None, typer.Option(help="Of the page; that of the reader's browser if not named.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="A CSV file, whose first row names its columns.")] = None,
    column: Annotated[str, typer.Option(help="Of --file: the column with the addresses.")] = "email",
    out: Annotated[
        Path | None, typer.Option(help=f"Of --file: where to write it with a further column, {COLUMN}.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the links that go into messages, one for each address; it is not in them in clear."""
    session: Session = context.obj
    with session.opened() as habeas:
        purposes = _known(purpose or [], {each.id for each in habeas.register.purposes if each.id})
        making = _Making(habeas.opting_out, purposes, language)
        if file is not None:
            if out is None:
                raise UserError("say where to write the file with its links, as --out with-links.csv")
            rows, without = _through_file(making, file, out, column)
            console().print(f"{rows:,} rows are in [bold]{out}[/], {rows - len(without):,} of them with a link.")
            if without:
                shown = ", ".join(f"{each:,}" for each in without[:20])
                console().print(f"No address in rows {shown}{' …' if len(without) > 20 else ''}.")
            return
        if not addresses:
            raise UserError("name addresses, or a file with --file")
        links = [making.link(each) for each in addresses]
        if as_json:
            print_json(dict(zip(addresses, links, strict=True)))
        else:
            for each in links:
                typer.echo(each)


class _Making:
    """Links of one kind."""

    def __init__(self, opting_out: "OptingOut", purposes: frozenset[str], language: str | None) -> None:
        self._opting_out = opting_out
        self._purposes = purposes
        self._language = language

    def link(self, address: str) -> str:
        return self._opting_out.link(address, purposes=self._purposes, language=self._language)


def _known(purposes: list[str], known: set[str]) -> frozenset[str]:
    for each in purposes:
        if each not in known:
            raise UserError(
                f"the register has no purpose '{each}', but {', '.join(sorted(known)) or 'none with an id'}"
            )
    return frozenset(purposes)


def _through_file(making: _Making, file: Path, out: Path, column: str) -> tuple[int, list[int]]:
    """How many rows there are, and which have no address and so no link. A file that is there is not replaced."""
    without: list[int] = []
    number = 1
    try:
        with file.open(newline="", encoding="utf-8-sig") as source:
            dialect = dialect_of(source.read(65_536))
            source.seek(0)
            reader = csv.DictReader(source, dialect=dialect)
            columns = [*(reader.fieldnames or ())]
            if column not in columns:
                raise UserError(f"{file} has no column '{column}': name the one with the addresses by --column")
            with _private(out) as made:
                writer = csv.DictWriter(made, [*columns, COLUMN], extrasaction="ignore", dialect=dialect)
                writer.writeheader()
                for number, row in enumerate(reader, 2):
                    try:
                        row[COLUMN] = making.link(row[column] or "")
                    except UserError:
                        without.append(number)
                    writer.writerow(row)
    except FileExistsError:
        raise UserError(f"{out} is there already: name another file by --out") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{file} can't be read as a table in UTF-8 ({type(error).__name__})") from None
    return number - 1, without


def _private(path: Path) -> TextIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", newline="", encoding="utf-8")
