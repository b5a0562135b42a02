"""What a person asks for, and how it was checked that they are who they say."""

from enum import StrEnum


class Right(StrEnum):
    """The rights of GDPR chapter III that Habeas fulfils."""

    ACCESS = "access"  # Article 15
    PORTABILITY = "portability"  # Article 20
    RECTIFICATION = "rectification"  # Article 16
    ERASURE = "erasure"  # Article 17
    RESTRICTION = "restriction"  # Article 18
    OBJECTION = "objection"  # Article 21
    WITHDRAWAL = "withdrawal"  # Article 7(3), of consent
    AUTOMATED_DECISIONS = "automated-decisions"  # Article 22

    @property
    def article(self) -> int:
        """The article of the GDPR and UK GDPR that grants it."""
        return _ARTICLES[self]

    @property
    def discloses(self) -> bool:
        """True if the person is given data."""
        return self in {Right.ACCESS, Right.PORTABILITY}

    @property
    def changes_data(self) -> bool:
        """True if fulfilling it changes something in the systems."""
        return not self.discloses and self.concerns_systems

    @property
    def concerns_systems(self) -> bool:
        """False if the processing register alone has the answer."""
        return self is not Right.AUTOMATED_DECISIONS


_ARTICLES = {
    Right.ACCESS: 15,
    Right.PORTABILITY: 20,
    Right.RECTIFICATION: 16,
    Right.ERASURE: 17,
    Right.RESTRICTION: 18,
    Right.OBJECTION: 21,
    Right.WITHDRAWAL: 7,
    Right.AUTOMATED_DECISIONS: 22,
}


class Plea(StrEnum):
    """What else a person comes with. It concerns no system."""

    COMPLAINT = "complaint"  # to the controller (Data Protection Act 2018, section 164A)


Matter = Right | Plea
"""What a letter, or the task of writing or delivering one, is about."""


def matter(name: str) -> Matter:
    """By its name on the log and in the database. Raises ValueError."""
    return Plea.COMPLAINT if name == Plea.COMPLAINT else Right(name)


class FeeGround(StrEnum):
    """When a reasonable fee may be charged (Articles 12(5) and 15(3))."""

    UNFOUNDED = "unfounded"
    EXCESSIVE = "excessive"  # by its repetition, above all
    FURTHER_COPY = "further-copy"


class RefusalGround(StrEnum):
    """Why a request may be refused; the burden of proof is the controller's (Articles 11, 12(2), 12(5) and 23)."""

    UNFOUNDED = "unfounded"
    EXCESSIVE = "excessive"
    NOT_IDENTIFIED = "not-identified"
    EXEMPT = "exempt"


class IdentityCheck(StrEnum):
    """How an operator checked the identity (Article 12(6)); without one nothing is disclosed or changed."""

    LOGIN = "login"
    CALLBACK = "callback"
    REPLY_FROM_KNOWN_ADDRESS = "reply-from-known-address"
    DOCUMENT = "document"
    IN_PERSON = "in-person"
    LINK = "link"  # sent to their address, and followed: enough for opting out
