"""What every event log promises, as one test class: subclass it and give it an engine.

    class TestMyLog(EventLogConformance):
        @pytest.fixture
        def engine(self, tmp_path): return Engine(...)

A gap is declared by overriding the test with `xfail(strict=True, reason=…)`, in no other way.
"""

from habeas.testing.eventlog.appending import Appending
from habeas.testing.eventlog.crashes import Crashes
from habeas.testing.eventlog.engine import Engine
from habeas.testing.eventlog.membership import Membership
from habeas.testing.eventlog.reading import Reading

__all__ = ["Engine", "EventLogConformance"]


class EventLogConformance(Appending, Reading, Membership, Crashes):
    """All of it."""
