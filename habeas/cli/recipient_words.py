"""The recipients of a case, and what they were told, in the words of a terminal."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.markup import escape

from consumers.delivery.folder import answer_folder
from consumers.delivery.recipients import recipient_folder
from habeas.domain.cases import Case
from habeas.domain.recipients import NoticeState, Notified
from habeas.domain.register import Register
from schemas.events import Event
from schemas.recipients import RecipientFailed, RecipientNotified, RecipientsNamed, RecipientTold

COLUMNS = ("recipient", "what became of the data", "told on", "how")
_BY = {"mail": "by mail", "webhook": "by webhook", "person": "by a person"}


def titles(register: Register) -> Mapping[str, str]:
    """What people call each recipient, by its id."""
    return {each.key: each.title for each in register.recipients}


def rows(case: Case, names: Mapping[str, str]) -> list[list[str]]:
    """One line for each notice, fit to be handed on: no address is in it."""
    return [
        [
            escape(names.get(each.named.recipient, each.named.recipient)),
            ", ".join(each.named.fates),
            f"{each.at:%d %B %Y}" if each.at else f"not yet: {outcome(each)}",
            _BY[each.channel] if each.channel else "",
        ]
        for each in case.notifying.notices
    ]


def left_to_people(case: Case) -> list[str]:
    """The ids of the recipients whom somebody has to tell, once each."""
    by_hand = (each for each in case.notifying.notices if each.state is NoticeState.BY_HAND)
    return list(dict.fromkeys(each.named.recipient for each in by_hand))


def outcome(notice: Notified) -> str:
    """How it stands."""
    tried = f" after {_times(notice.attempts)} ({notice.last_failure})" if notice.last_failure else ""
    match notice.state:
        case NoticeState.BY_HAND:
            return "a letter lies ready for a person to send" if notice.laid_down else "to be told by a person"
        case NoticeState.FAILED:
            return f"given up{tried}; 'habeas dead-letters list' shows it"
        case NoticeState.WAITING:
            return f"tried again{tried}" if tried else "waiting"
        case NoticeState.TOLD:
            return "told"


def standing(case: Case, names: Mapping[str, str], answers: Path) -> Iterator[str]:
    """One line for each recipient, for `habeas show`."""
    for each in case.notifying.notices:
        name = escape(names.get(each.named.recipient, each.named.recipient))
        if each.state is NoticeState.TOLD and each.channel:
            yield f"Recipient {name}: told {_BY[each.channel]} on {each.at:%d %B %Y}."
        elif each.laid_down:
            yield f"Recipient {name}: a letter for a person to send is in [bold]{_folder(each, case, answers)}[/]."
        else:
            yield f"Recipient {name}: {outcome(each)}."


def as_data(case: Case, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The same for `--json`."""
    return [
        {
            "id": each.named.recipient,
            "recipient": names.get(each.named.recipient, each.named.recipient),
            "done": list(each.named.fates),
            "named_at": each.named_at,
            "state": each.state,
            "told_at": each.at,
            "how": each.channel,
            "attempts": each.attempts,
            "last_failure": each.last_failure,
            "letter_lies_ready": each.laid_down and each.state is not NoticeState.TOLD,
        }
        for each in case.notifying.notices
    ]


def says(event: Event) -> str | None:
    """An event of a recipient in words; None for any other."""
    match event:
        case RecipientsNamed():
            named = ", ".join(each.recipient for each in event.recipients)
            return f"recipients to be told: {named}" if named else "no recipient had received what was changed"
        case RecipientNotified(channel="folder"):
            return f"recipient {event.recipient}: letter laid down for a person to send"
        case RecipientNotified():
            return f"recipient {event.recipient}: told {_BY[event.channel]} at attempt {event.attempts}"
        case RecipientFailed():
            return f"recipient {event.recipient}: attempt {event.attempt} failed ({event.why})"
        case RecipientTold():
            return f"recipient {event.recipient}: told by a person"
    return None


def _folder(notice: Notified, case: Case, answers: Path) -> Path:
    whole = answer_folder(answers, request_id=case.request_id, right=case.right)
    return whole / recipient_folder(notice.named.recipient, notice.run)


def _times(attempts: int) -> str:
    return "1 attempt" if attempts == 1 else f"{attempts} attempts"
