"""What an operator writes to a person, or notes of what the person said: sealed, since it may name anybody."""

from dataclasses import asdict, dataclass

import orjson

SCHEMA = "habeas.words.v1"
CHARACTERS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Words:
    """For the letter: the reasons, the question or what is wanted; `amount` is that of a fee, as "25.00 GBP"."""

    text: str
    amount: str | None = None

    def to_bytes(self) -> bytes:
        """As JSON."""
        return orjson.dumps(asdict(self))

    @classmethod
    def of_bytes(cls, data: bytes) -> "Words":
        """The inverse of `to_bytes`."""
        return cls(**orjson.loads(data))
