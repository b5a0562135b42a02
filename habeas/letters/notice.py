"""What is written to a person, or to a client, besides the answer itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from habeas.domain.complaints import Outcome
from habeas.domain.jurisdictions import DEFAULT
from habeas.domain.letters import NoticeKind
from habeas.domain.register import Register, Regulator
from habeas.domain.requests import FeeGround, Matter, RefusalGround, Right
from habeas.letters.letterhead import Letterhead
from habeas.letters.visible import known_letters
from schemas.recipients import Fate


@dataclass(frozen=True, slots=True)
class Referred:
    """Records of one collection that are held for another, who decides about them."""

    controller: str
    system: str
    collection: str
    records: int


@dataclass(frozen=True, slots=True)
class Concern:
    """The request that a complaint is about."""

    right: Right
    request_id: str


@dataclass(frozen=True, slots=True)
class Done:
    """What was done with data of some categories of the register; `corrections` are fields and what is right."""

    fate: Fate
    categories: tuple[str, ...]
    corrections: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """All that one letter tells.

    `words` are the operator's own: the reasons, the question, what is wanted. `due_on` is the last day for the answer
    as it now stands, `was_due_on` the one before an extension, `effective_on` the day on which a restriction is lifted.
    `person` tells a client or a recipient of whom the notice speaks: a name, and identifiers by which they are known.
    `done` tells a recipient what became of data that it has received.
    `begun` is True if a system had begun what was withdrawn. `settled` is how many of how many systems are done.
    Of a complaint `due_on` is the last day for acknowledging it, and `about` the request that it is about.
    """

    kind: NoticeKind
    request_id: str
    right: Matter
    language: str
    received_on: date
    written_on: date
    due_on: date
    register: Register
    addressee: tuple[str, ...] = ()
    jurisdiction: str = DEFAULT
    residence: str | None = None
    words: str = ""
    amount: str | None = None
    ground: FeeGround | RefusalGround | None = None
    was_due_on: date | None = None
    effective_on: date | None = None
    begun: bool = False
    settled: tuple[int, int] | None = None
    referred: tuple[Referred, ...] = ()
    person: tuple[str, ...] = ()
    about: Concern | None = None
    outcome: Outcome | None = None
    done: tuple[Done, ...] = ()

    @property
    def regulators(self) -> tuple[Regulator, ...]:
        """Where the person may complain."""
        return self.register.regulators_for(self.residence)

    @property
    def letterhead(self) -> Letterhead:
        """A client or a recipient is a firm, which nobody greets by name."""
        named = self.addressee and self.kind not in {NoticeKind.CLIENT, NoticeKind.RECIPIENT}
        return Letterhead(
            reference=self.request_id,
            received_on=self.received_on,
            written_on=self.written_on,
            addressee=self.addressee,
            greets=self.addressee[0] if named else None,
            register=self.register,
            regulators=self.regulators,
            came="complained" if self.kind.of_complaint else "received",
        )

    def in_known_letters(self) -> "Notice":
        """With a mark for each letter that the built-in fonts may lack, in whatever isn't our own wording."""
        return replace(
            self,
            addressee=tuple(map(known_letters, self.addressee)),
            person=tuple(map(known_letters, self.person)),
            words="\n\n".join(known_letters(" ".join(each.split())) for each in self.words.split("\n\n")),
            amount=self.amount and known_letters(self.amount),
            done=tuple(
                replace(each, corrections=tuple((known_letters(a), known_letters(b)) for a, b in each.corrections))
                for each in self.done
            ),
            referred=tuple(
                Referred(
                    known_letters(each.controller),
                    known_letters(each.system),
                    known_letters(each.collection),
                    each.records,
                )
                for each in self.referred
            ),
        )


NEEDS: Mapping[NoticeKind, tuple[str, ...]] = {
    NoticeKind.IDENTITY: ("words",),
    NoticeKind.CLARIFICATION: ("words",),
    NoticeKind.EXTENSION: ("words", "was_due_on"),
    NoticeKind.PROGRESS: ("settled",),
    NoticeKind.FEE: ("words", "amount", "ground"),
    NoticeKind.REFUSAL: ("words", "ground"),
    NoticeKind.REFERRAL: ("referred",),
    NoticeKind.CLIENT: ("referred", "person"),
    NoticeKind.RECIPIENT: ("done", "person"),
    NoticeKind.LIFTING: ("words", "effective_on"),
    NoticeKind.OVERRIDDEN: ("words", "effective_on"),
    NoticeKind.OUTCOME: ("words", "outcome"),
}
"""What a notice can't do without."""
