"""`habeas connectors`: what helps with connecting a new system."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from habeas.cli.output import console
from habeas.cli.session import Session
from habeas.errors import ConfigurationError, UserError
from habeas.ports import Guardable

app = typer.Typer(help="Help with connecting systems.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """A group, also while it has one command only."""


@app.command("draft")
def draft(
    url: Annotated[str, typer.Argument(help="The database: postgresql://… or sqlite:///…", show_default=False)],
    table: Annotated[list[str] | None, typer.Option("--tables", help="Only these; can be repeated.")] = None,
    schema: Annotated[
        list[str] | None, typer.Option("--schema", help="Others than the default; can be repeated.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="A file to write; it must not exist yet.")] = None,
) -> None:
    """Read a database and propose a map of its people, to be edited; nothing leaves this machine.

    Columns are judged by name, type and the shape of a few values, which are never shown.
    """
    from connectors.sql.drafting import draft as propose  # noqa: PLC0415 - keeps `habeas --help` quick

    text = propose(url, tables=tuple(table or ()), schemas=tuple(schema or ()), today=datetime.now(UTC).date())
    if _printed_or_written(text, output):
        console().print(f"Written to {output}, with {text.count('TODO')} TODOs.")


@app.command("guard")
def guard(
    context: typer.Context,
    system: Annotated[str, typer.Argument(help="Its name in habeas.toml.", show_default=False)],
    role: Annotated[
        list[str] | None,
        typer.Option("--role", help="As whom your programs sign in to PostgreSQL; can be repeated."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="A file to write; it must not exist yet.")] = None,
) -> None:
    """Print the SQL that keeps your own programs from what is restricted; nothing is changed.

    A database administrator runs it once, and again when the map changes. 'habeas doctor' says how it stands.
    """
    session: Session = context.obj
    with session.opened(log_level="error") as habeas:
        connector = habeas.connector(system)
        if not isinstance(connector, Guardable):
            raise UserError(f"{system} is no SQL database: it needs no such guard")
        text = connector.guard_script(tuple(role or ()))
    if _printed_or_written(text, output):
        console().print(f"Written to {output}.")


def _printed_or_written(text: str, output: Path | None) -> bool:
    """True if written. Raises ConfigurationError if it can't be."""
    if output is None:
        typer.echo(text, nl=False)
        return False
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigurationError(f"{output} exists already") from None
    except OSError as error:
        raise ConfigurationError(f"{output} can't be written: {error.strerror}") from None
    return True
