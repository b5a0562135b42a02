"""`habeas topics`: make, compare and watch the topics."""

from dataclasses import dataclass

import typer

from habeas.cli.output import AsJson, console, print_json, table
from habeas.cli.session import Session
from schemas.topics import TOPICS

app = typer.Typer(help="The topics on the event log.", no_args_is_help=True)
FOUND_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class _Row:
    topic: str
    purpose: str
    records: int
    lag: dict[str, int]

    def behind(self) -> str:
        return ", ".join(f"{group} {records:,}" for group, records in self.lag.items() if records) or "nobody behind"


@app.command("create")
def create(context: typer.Context, as_json: AsJson = False) -> None:
    """Make the topics that are missing."""
    session: Session = context.obj
    with session.opened() as habeas:
        made = habeas.event_log.ensure_topics(TOPICS)
    if as_json:
        print_json({"created": list(made)})
    else:
        console().print(f"Created {', '.join(made)}." if made else "All topics are there.")


@app.command("check")
def check(context: typer.Context, as_json: AsJson = False) -> None:
    """Compare the topics with what they should be; exit code 5 if they differ."""
    session: Session = context.obj
    with session.opened() as habeas:
        problems = habeas.event_log.check_topics(TOPICS)
    if as_json:
        print_json([{"problem": each.what, "remedy": each.remedy} for each in problems])
    elif problems:
        console().print(table(None, ["problem", "what to do"], [[each.what, each.remedy] for each in problems]))
    else:
        console().print("All topics are as they should be.")
    if problems:
        raise typer.Exit(FOUND_PROBLEMS)


@app.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """Each topic, how many records it holds, and how far behind each consumer group is."""
    from habeas.roles import groups  # noqa: PLC0415 - keeps `habeas --help` quick

    session: Session = context.obj
    rows: list[_Row] = []
    with session.opened() as habeas:
        for topic in TOPICS:
            ends = habeas.event_log.end_offsets([topic.name])
            starts = habeas.event_log.beginning_offsets([topic.name])
            lags = {}
            for group, topics in groups(habeas.systems).items():
                if topic.name in topics:
                    done = habeas.event_log.committed(group, [topic.name])
                    lags[group] = sum(end - done.get(place, starts[place]) for place, end in ends.items())
            records = sum(ends.values()) - sum(starts.values())
            rows.append(_Row(topic.name, topic.purpose, records, lags))
    if as_json:
        print_json(rows)
        return
    lines = [[row.topic, row.purpose, f"{row.records:,}", row.behind()] for row in rows]
    console().print(table(None, ["topic", "purpose", "records", "consumers behind by"], lines))
