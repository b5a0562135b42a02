"""What a person asks for, and how it was checked that they are who they say."""

from enum import StrEnum


class Right(StrEnum):
    """The rights of GDPR chapter III that Habeas fulfils."""

    ACCESS = "access"  # Article 15
    ERASURE = "erasure"  # Article 17
    RESTRICTION = "restriction"  # Article 18

    @property
    def article(self) -> int:
        """The article of the GDPR and UK GDPR that grants it."""
        return {Right.ACCESS: 15, Right.ERASURE: 17, Right.RESTRICTION: 18}[self]

    @property
    def changes_data(self) -> bool:
        """True if fulfilling it changes something in the systems."""
        return self is not Right.ACCESS


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
