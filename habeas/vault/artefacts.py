"""One sealed thing, as the state database remembers it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Artefact:
    """Where a sealed thing lies, and what it was sealed as; nothing here tells what is in it.

    Exactly one of `body` and `place` is set.
    """

    id: str
    """A random UUID."""
    request_id: str
    system: str
    schema: str
    """What is in it, as "habeas.plan.v1"."""
    size_bytes: int
    """Of the plain content."""
    digest: str
    """SHA-256 of the sealed bytes, in hexadecimal."""
    body: bytes | None = field(repr=False)
    """The sealed bytes, if they are few."""
    place: str | None
    """Else the path in the vault's file store."""

    def __post_init__(self) -> None:
        if (self.body is None) == (self.place is None):
            raise ValueError("an artefact has either a body or a place")
