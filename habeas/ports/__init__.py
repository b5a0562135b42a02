"""What Habeas asks of the outside: connectors to systems, and the clock.

A connector knows nothing of the log, of retries, of offsets or of the law. It finds a person's records, and changes
them as it is told. What it can change is said by the capability protocols its `Application` implements.

Whoever writes a connector imports from here; the modules below are for reading.
"""

from habeas.ports.changes import Annotates, Anonymises, Application, Erases, Rectifies, Restricts, Retains, Suppresses
from habeas.ports.clock import Clock
from habeas.ports.connector import Connector, Onlooker, Watchable
from habeas.ports.effects import RETAINED_BY_REFERENCE, Effects
from habeas.ports.insight import Describes, Guard, Guardable, Guards, Sweeps
from habeas.ports.lists import KeepsAway, TellsLeavers
from habeas.ports.memory import Memory, Remembers
from habeas.ports.problems import Problem
from habeas.ports.undoing import Originals, Refusal, Restoration, Undoes

__all__ = [
    "RETAINED_BY_REFERENCE",
    "Annotates",
    "Anonymises",
    "Application",
    "Clock",
    "Connector",
    "Describes",
    "Effects",
    "Erases",
    "Guard",
    "Guardable",
    "Guards",
    "KeepsAway",
    "Memory",
    "Onlooker",
    "Originals",
    "Problem",
    "Rectifies",
    "Refusal",
    "Remembers",
    "Restoration",
    "Restricts",
    "Retains",
    "Suppresses",
    "Sweeps",
    "TellsLeavers",
    "Undoes",
    "Watchable",
]
