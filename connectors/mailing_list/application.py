"""The changes of one task on a list server."""

from collections.abc import Mapping
from typing import get_args

from connectors.mailing_list.backend import BlankableField, Changes, Kind
from habeas.domain.records import Record
from habeas.errors import PermanentError
from habeas.ports import Effects

_KINDS: Mapping[str, Kind] = {kind: kind for kind in get_args(Kind)}
_BLANKABLE: Mapping[str, BlankableField] = {field: field for field in get_args(BlankableField)}


class MailingListApplication:
    """Erases, restricts, rectifies, suppresses. If the task was applied before, every method does nothing."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._corrections: dict[str, dict[str, str]] = {}
        self._effects = changes.earlier or Effects()

    @property
    def earlier(self) -> Effects | None:
        """See `habeas.ports.Application`."""
        return self._changes.earlier

    @property
    def effects(self) -> Effects:
        """See `habeas.ports.Application`."""
        return self._effects

    def erase(self, record: Record, fields: tuple[str, ...]) -> None:
        """See `habeas.ports.Erases`.

        With an address go the subscriptions it still has, and it is suppressed, so that no import brings it back.
        Raises PermanentError if an address is to stay without its e-mail, or a part of anything else is to stay.
        """
        if self.earlier is not None:
            return
        kind = _kind(record)
        if fields and set(fields) != {each.name for each in record.fields}:
            self._note(kind, "erased", self._changes.blank(record.key, _blankable(kind, fields)))
            return
        if kind == "addresses":
            self._note(kind, "suppressed", self._changes.suppress(kind, record.key))
            self._note("subscriptions", "erased", self._changes.leave_all(record.key))
        self._note(kind, "erased", self._changes.remove(kind, record.key))

    def restrict(self, record: Record) -> None:
        """See `habeas.ports.Restricts`. A restricted subscription gets no mail and keeps its preferences."""
        if self.earlier is None:
            self._note(_kind(record), "restricted", self._changes.restrict(_kind(record), record.key))

    def lift(self, record: Record) -> None:
        """See `habeas.ports.Restricts`."""
        if self.earlier is None:
            self._note(_kind(record), "lifted", self._changes.lift(_kind(record), record.key))

    def rectify(self, record: Record, name: str, value: str) -> None:
        """See `habeas.ports.Rectifies`; done when the context closes.

        Raises PermanentError for anything but an address's email and display_name.
        """
        if _kind(record) != "addresses" or name not in {"email", "display_name"}:
            raise PermanentError("of a mailing list only an address's email and display_name can be corrected")
        if self.earlier is None:
            self._corrections.setdefault(record.key, {})[name] = value

    def finish(self) -> None:
        """Correct what was put off: an address is found by its key until its e-mail has changed, so that goes last."""
        for key, values in self._corrections.items():
            corrected = 0
            if "display_name" in values:
                corrected = self._changes.rename(key, values["display_name"])
            if "email" in values:
                corrected = max(corrected, self._changes.readdress(key, values["email"]))
            self._note("addresses", "rectified", corrected)
        self._changes.finish(self._effects)

    def suppress(self, record: Record) -> None:
        """See `habeas.ports.Suppresses`."""
        if self.earlier is None:
            self._note(_kind(record), "suppressed", self._changes.suppress(_kind(record), record.key))

    def _note(self, kind: Kind, verb: str, records: int) -> None:
        self._effects.note(kind, verb, records)


def _kind(record: Record) -> Kind:
    if record.collection not in _KINDS:
        raise PermanentError("the plan names a collection that a mailing list does not have")
    return _KINDS[record.collection]


def _blankable(kind: Kind, fields: tuple[str, ...]) -> list[BlankableField]:
    if kind != "addresses" or not _BLANKABLE.keys() >= set(fields):
        raise PermanentError(
            f"of {kind} only an address's display_name and registered_on (and preferences) can go while the rest stays"
        )
    return [_BLANKABLE[name] for name in fields]
