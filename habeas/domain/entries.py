"""What all entries of the processing register are made of."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["en", "sv", "tr"]
LANGUAGES: frozenset[str] = frozenset(get_args(Language))
Words = Annotated[str, Field(min_length=1, pattern=r"\S")]
Texts = Annotated[Mapping[Language, Words], Field(min_length=1)]
"""What letters say, by language; the language that is asked for, else English, else any."""
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
"""ISO 3166-1: GB, SE, TR."""
Name = Annotated[str, Field(pattern=r"^[\w][\w.-]*$", max_length=100)]
"""What other entries refer to; never shown to people."""


class Entry(BaseModel):
    """One entry; what it does not know is an error, so that nothing misspelt is passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def worded(raw: Any) -> Any:
    """An entry that is written as its texts alone, as one with texts."""
    return {"text": raw} if isinstance(raw, Mapping) and raw and raw.keys() <= LANGUAGES else raw
