"""A statement as the driver takes it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ready:
    """Its text, with the driver's own marks for the parameters."""

    text: str
    parameters: tuple[object, ...] | Mapping[str, object] = ()
