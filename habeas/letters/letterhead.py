"""What stands on every letter around its words: from whom, to whom, about which request, and when."""

from dataclasses import dataclass
from datetime import date

from habeas.domain.register import Register, Regulator


@dataclass(frozen=True, slots=True)
class Letterhead:
    """`addressee` is the name and the lines of the address; `greets` is None where nobody is greeted by name.

    `came` is under which name of the wording stands when it came in.
    """

    reference: str
    received_on: date
    written_on: date
    addressee: tuple[str, ...]
    greets: str | None
    register: Register
    regulators: tuple[Regulator, ...]
    came: str = "received"
