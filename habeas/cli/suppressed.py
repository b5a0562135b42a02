"""`habeas suppressed`: may these be written to? For people, for files about to be imported, and for programs."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from habeas.cli.csv_files import dialect_of
from habeas.cli.output import AsJson, console, print_json, table
from habeas.cli.session import Session, actor
from habeas.errors import HabeasError, UserError
from habeas.ports import KeepsAway

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from habeas.bootstrap import Habeas
    from habeas.storage.suppressions import Suppression
    from producers.suppression import SuppressionList

FOUND = 5
"""The exit code when somebody is on the list: an import can stop at it."""
_ROWS_AT_ONCE = 5_000


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("suppressed")(suppressed)


def suppressed(
    context: typer.Context,
    addresses: Annotated[list[str] | None, typer.Argument(metavar="ADDRESS…", help="E-mail or phone.")] = None,
    file: Annotated[Path | None, typer.Option(help="A CSV or text file to look through, each cell of it.")] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Where to write the rows of --file that name nobody on the list.")
    ] = None,
    add: Annotated[bool, typer.Option("--add", help="Put the addresses on the list.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take them off: they asked to be written to again.")] = False,
    reason: Annotated[str, typer.Option(help="Of --remove, for the audit trail.")] = "",
    serve: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Answer programs over HTTP until interrupted.")
    ] = None,
    token_file: Annotated[Path | None, typer.Option(help="Of --serve: the file with the token programs send.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell who is on the list of those who must not be written to. Exit code 5 if anybody is."""
    session: Session = context.obj
    with session.opened() as habeas:
        people = habeas.suppression_list
        if serve is not None:
            _serve(people, serve, token_file)
        elif file is not None:
            _check_file(people, file, keep, as_json=as_json)
        elif not addresses:
            raise UserError("name addresses, or a file with --file")
        elif add:
            console().print(f"On the list: {people.add(addresses, actor=actor())}.")
        elif remove:
            console().print(f"Taken off the list: {people.remove(addresses, actor=actor(), why=reason)}.")
            _let_back(habeas, addresses)
        else:
            _check(people, addresses, as_json=as_json)


def _check(people: "SuppressionList", addresses: "Sequence[str]", *, as_json: bool) -> None:
    listed = people.check(addresses)
    if as_json:
        print_json({each: _told(listed, each) for each in addresses})
    else:
        rows = [
            [
                each,
                f"on the list since {listed[each].since:%d %B %Y} ({listed[each].reason})" if each in listed else "no",
            ]
            for each in addresses
        ]
        console().print(table(None, ["address", "suppressed"], rows))
    if listed:
        raise typer.Exit(FOUND)


def _let_back(habeas: "Habeas", addresses: "Sequence[str]") -> None:
    """Tell the systems that keep such a list of their own. Exit code 1 if one could not be told: it keeps them away."""
    untold = []
    for system in habeas.systems:
        try:
            connector = habeas.connector(system)
            if isinstance(connector, KeepsAway) and (let_back := connector.let_back(addresses)):
                console().print(f"Let back by {system}: {let_back}.")
        except HabeasError as error:
            untold.append(f"{system} ({type(error).__name__})")
    if untold:
        console().print(f"Not told yet: {', '.join(untold)}. Do the same again once they can be reached.")
        raise typer.Exit(1)


def _told(listed: "Mapping[str, Suppression]", address: str) -> dict[str, str] | None:
    found = listed.get(address)
    return {"reason": found.reason, "since": found.since.isoformat()} if found else None


def _check_file(people: "SuppressionList", file: Path, keep: Path | None, *, as_json: bool) -> None:
    """Row by row; what the cells hold is not printed, only where it stands."""
    found: list[int] = []
    rows = 0
    try:
        with file.open(newline="", encoding="utf-8-sig") as source:
            dialect = dialect_of(source.read(65_536))
            source.seek(0)
            kept = keep.open("w", newline="", encoding="utf-8") if keep else None
            try:
                writer = csv.writer(kept, dialect) if kept else None
                for first, some in _runs(csv.reader(source, dialect)):
                    suppressed_rows = _suppressed_rows(people, some)
                    rows += len(some)
                    found += [first + at for at in sorted(suppressed_rows)]
                    if writer is not None:
                        writer.writerows(row for at, row in enumerate(some) if at not in suppressed_rows)
            finally:
                if kept:
                    kept.close()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{file} can't be read as a table in UTF-8 ({type(error).__name__})") from None
    if as_json:
        print_json({"rows": rows, "suppressed": found, "kept": str(keep) if keep else None})
    else:
        console().print(f"{rows:,} rows, {len(found):,} of them name somebody on the list.")
        if found:
            shown = ", ".join(f"{each:,}" for each in found[:20])
            console().print(f"Rows {shown}{' …' if len(found) > 20 else ''}.")
        if keep:
            console().print(f"The others are in [bold]{keep}[/].")
    if found:
        raise typer.Exit(FOUND)


def _runs(rows: "Iterator[list[str]]") -> "Iterator[tuple[int, list[list[str]]]]":
    """So many rows at once, with the number of the first, from 1."""
    some: list[list[str]] = []
    number = 0
    for number, row in enumerate(rows, 1):
        some.append(row)
        if len(some) == _ROWS_AT_ONCE:
            yield number - len(some) + 1, some
            some = []
    if some:
        yield number - len(some) + 1, some


def _suppressed_rows(people: "SuppressionList", rows: "Sequence[Sequence[str]]") -> set[int]:
    listed = people.check([*{cell for row in rows for cell in row}])
    return {at for at, row in enumerate(rows) if any(cell in listed for cell in row)}


def _serve(people: "SuppressionList", address: str, token_file: Path | None) -> None:
    from habeas.cli.suppression_http import serve_checks  # noqa: PLC0415 - keeps `habeas --help` quick

    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise UserError("--serve wants host and port, as 127.0.0.1:8045")
    if token_file is None:
        raise UserError("--serve wants --token-file: whoever may ask may learn who is on the list")
    try:
        token = token_file.read_text("utf-8").strip()
    except OSError:
        raise UserError(f"{token_file} can't be read") from None
    if len(token) < 16:
        raise UserError(f"{token_file} holds no token of at least 16 characters")
    with serve_checks(people, host, int(port), token) as server:
        console().print(f"POST http://{host}:{server.server_address[1]}/suppressed answers; end with Ctrl-C.")
        server.serve_forever()
