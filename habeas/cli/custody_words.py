"""What is still held of the person for a request, until when and why, in the words of a terminal."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consumers.delivery.folder import answer_folder
from habeas.domain.custody import Stage
from habeas.settings_sections import RetentionSettings

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas
    from habeas.domain.cases import Case
    from habeas.domain.complaints import Complaint
    from habeas.storage.custody import Custody


@dataclass(frozen=True, slots=True)
class Holding:
    """`held` is None while the request is open; `needed` is for what the present stage lasts beyond its time."""

    held: "Custody | None"
    needed: tuple[str, ...]
    times: RetentionSettings
    today: date

    @property
    def until(self) -> date | None:
        """The day on which the present stage ends, if nothing needs it then."""
        if self.held is None or self.held.stage in {Stage.LEAVING, Stage.GONE}:
            return None
        time = self.times.answers if self.held.stage in {Stage.WHOLE, Stage.RESEALED} else self.times.identities
        return (self.held.ended_at + time).date()

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        if self.held is None:
            return {"stage": Stage.WHOLE, "needed_for": list(self.needed)}
        return {
            "stage": self.held.stage,
            "until": self.until,
            "needed_for": list(self.needed),
            "answer_shredded_at": self.held.shredded_at,
            "all_shredded_at": self.held.gone_at,
            "folder_removed_at": None if self.held.answer_lies_there else self.held.answer_removed_at,
        }

    def lines(self) -> list[str]:
        """Whole sentences; none while the request is open."""
        if self.held is None or self.until is None:
            return self._gone()
        return [*self._kept(), f"{self._what()} sealed until {self._end()}"]

    def _gone(self) -> list[str]:
        if self.held is None:
            return []
        on = f" on {self.held.gone_at:%d %B %Y}" if self.held.gone_at else ""
        return [f"All that was sealed for this request was shredded{on}. This record, without personal data, stays."]

    def _kept(self) -> list[str]:
        since = self.held.shredded_at if self.held else None
        return [f"The answer and what was found were shredded on {since:%d %B %Y}."] if since else []

    def _what(self) -> str:
        assert self.held is not None
        return "The answer and what was found are" if self.held.stage is Stage.WHOLE else "Who asked is"

    def _end(self) -> str:
        assert self.until is not None
        if not self.needed:
            return f"{self.until:%d %B %Y}."
        reasons = "; ".join(self.needed)
        if self.until <= self.today:
            return f"nothing needs it any more: {reasons}."
        return f"{self.until:%d %B %Y}, and for as long as it is needed: {reasons}."


def holding(habeas: "Habeas", case: "Case | Complaint") -> Holding:
    """What is held for a case now."""
    from habeas.roles.aggregator import shredding_of  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.storage import custody  # noqa: PLC0415 - as above

    with habeas.database.reading() as connection:
        held = custody.fetch(connection, case.request_id)
        rest = held is not None and held.stage not in {Stage.WHOLE, Stage.RESEALED}
        needed: tuple[str, ...] = ()
        if held is not None and held.stage not in {Stage.LEAVING, Stage.GONE}:
            needed = shredding_of(habeas).needed_for(connection, case.request_id, rest=rest)
    return Holding(held, needed, habeas.settings.retention, habeas.clock.today())


def lines(case: "Case", held: Holding, answers: Path) -> list[str]:
    """Where the answer is, below the folder of all `answers`, and what else is held; empty for an open case."""
    if case.delivered is None:
        return held.lines()
    folder = answer_folder(answers, request_id=case.request_id, right=case.right)
    return [_where_answer_is(case, held, folder), *held.lines()]


def _where_answer_is(case: "Case", held: Holding, folder: Path) -> str:
    custody = held.held
    if custody is None or custody.answer_at is None or custody.answer_lies_there:
        days = held.times.folder_days
        until = ""
        if days and custody is not None and custody.answer_at is not None:
            until = f" until {(custody.answer_at + timedelta(days=days)).date():%d %B %Y}"
        return f"The answer is in [bold]{folder}[/]{until}."
    again = f"; 'habeas answer {case.request_id[:8]}' puts it there again" if custody.stage is Stage.WHOLE else ""
    return f"The answer was removed from its folder on {custody.answer_removed_at:%d %B %Y}{again}."
