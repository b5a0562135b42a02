"""The mailing list as a connector: finds a person's addresses and what hangs on them, and changes them as told."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from connectors.mailing_list.application import MailingListApplication
from connectors.mailing_list.backend import Address, Backend, name_key
from connectors.mailing_list.describing import describe
from connectors.mailing_list.records import address_record, ban_record, held_message_record, membership_record
from habeas.domain.descriptions import Described
from habeas.domain.records import Found, Match, Record
from habeas.domain.subjects import IdentifierKind, Subject
from habeas.domain.suppression import address_of
from habeas.ports import Effects, Guard, Problem

SUBJECTS_AT_ONCE = 200


class MailingListConnector:
    """A list server. People are known by their e-mail addresses, surely, and by their display name, not surely.

    A user's other addresses are theirs too: an e-mail address leads to the user, and the user to all of them.
    """

    def __init__(self, backend: Backend, *, system: str = "mailing_list", notice_leavers: bool = True) -> None:
        self.system = system
        self._backend = backend
        self._notice_leavers = notice_leavers

    def find(self, subjects: Sequence[Subject], /) -> Iterator[Found]:
        """See `habeas.ports.Connector`. A name alone brings up the address only, for a person to look at."""
        for start in range(0, len(subjects), SUBJECTS_AT_ONCE):
            yield from self._find(subjects[start : start + SUBJECTS_AT_ONCE])

    @contextmanager
    def applying(self, _subject: Subject, task_id: str, /) -> Iterator[MailingListApplication]:
        """See `habeas.ports.Connector`."""
        with self._backend.changing(task_id) as changes:
            application = MailingListApplication(changes)
            yield application
            if application.earlier is None:
                application.finish()

    def keep_away(self) -> Effects:
        """See `habeas.ports.KeepsAway`."""
        return self._backend.keep_away()

    def let_back(self, addresses: Sequence[str]) -> int:
        """See `habeas.ports.KeepsAway`."""
        known = (address_of(each) for each in addresses)
        emails = {each.value for each in known if each is not None and each.kind is IdentifierKind.EMAIL}
        return self._backend.let_back(emails) if emails else 0

    @contextmanager
    def leavers(self) -> Iterator[Sequence[str]]:
        """See `habeas.ports.TellsLeavers`."""
        if not self._notice_leavers:
            yield []
            return
        with self._backend.leaving() as addresses:
            yield addresses

    def check(self) -> Sequence[Problem]:
        """See `habeas.ports.Connector`."""
        return self._backend.problems()

    def describe(self) -> Sequence[Described]:
        """See `habeas.ports.Describes`."""
        return describe()

    def guards(self) -> Sequence[Guard]:
        """See `habeas.ports.Guards`."""
        return (Guard("addresses and subscriptions", "nothing is delivered"),)

    def close(self) -> None:
        """See `habeas.ports.Connector`."""
        self._backend.close()

    def _find(self, subjects: Sequence[Subject]) -> Iterator[Found]:
        emails = _values(subjects, IdentifierKind.EMAIL)
        names = _values(subjects, IdentifierKind.NAME)
        if not emails | names:
            return
        known = self._backend.addresses(emails)
        named = self._backend.addresses_named(names)
        emails |= {address.email for address in known}
        hanging: dict[str, list[Record]] = defaultdict(list)
        for membership in self._backend.memberships(emails):
            hanging[membership.email].append(membership_record(membership))
        for message in self._backend.held_messages(emails):
            hanging[message.email].append(held_message_record(message))
        for ban in self._backend.bans(emails):
            hanging[ban.email].append(ban_record(ban))
        for subject in subjects:
            for record in _records_of(subject, known, named, hanging):
                yield Found(subject.token, record)


def _records_of(
    subject: Subject, known: Iterable[Address], named: Iterable[Address], hanging: Mapping[str, Iterable[Record]]
) -> Iterator[Record]:
    asked = set(subject.values(IdentifierKind.EMAIL))
    users = {address.user for address in known if address.email in asked}
    own = [address for address in known if address.user in users]
    emails = asked | {address.email for address in own}
    for collection in ("subscriptions", "held messages", "bans"):
        for email in sorted(emails):
            yield from (record for record in hanging.get(email, ()) if record.collection == collection)
    for address in own:
        yield address_record(address, Match.STRONG)
    names = {name_key(name) for name in subject.values(IdentifierKind.NAME)}
    for address in named:
        if address.user not in users and name_key(address.display_name or "") in names:
            yield address_record(address, Match.WEAK)


def _values(subjects: Iterable[Subject], kind: IdentifierKind) -> set[str]:
    return {value for subject in subjects for value in subject.values(kind)}
