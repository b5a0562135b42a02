"""The topics: what each carries, who writes and reads it, and how the broker keeps it."""

from dataclasses import dataclass, field

PARTITIONS = 12
"""Of every topic, for ever: another number would move keys and so break the order of a person's requests."""

MESSAGE_BYTES_MAX = 262_144
DEAD_LETTER_REASONS_BYTES_MAX = 16_384
"""By so much the dead letter of a record may be larger than the record."""
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and the settings that the broker must have for it.

    `owner` is who answers for what is in it; producers and consumers are roles, `replay` being an operator's command.
    """

    name: str
    purpose: str
    key: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    retention_days: int | None
    owner: str = "operator"
    extra: dict[str, str] = field(default_factory=dict)
    partitions: int = PARTITIONS

    def configs(self, *, replicas: int) -> dict[str, str]:
        """The broker's settings by their Kafka names, for so many replicas."""
        settings = {
            "cleanup.policy": "delete",
            "min.insync.replicas": str(2 if replicas >= 3 else 1),
            "unclean.leader.election.enable": "false",
            "max.message.bytes": str(MESSAGE_BYTES_MAX),
        }
        if self.retention_days is not None:
            settings["retention.ms"] = str(self.retention_days * _DAY_MS)
        return settings | self.extra


_DAILY = {"segment.ms": str(_DAY_MS)}
REQUESTS = Topic(
    name="dsr.requests",
    purpose="Requests, and what is to happen to them.",
    owner="intake",
    key="subject token",
    producers=("intake", "timekeeper", "replay"),
    consumers=("connector", "aggregator", "delivery"),
    retention_days=14,
    extra=_DAILY,
)
COMPLETIONS = Topic(
    name="dsr.completions",
    purpose="What each system has done.",
    owner="connector",
    key="subject token",
    producers=("connector", "aggregator", "delivery", "replay"),
    consumers=("aggregator",),
    retention_days=14,
    extra=_DAILY,
)
RESPONSES = Topic(
    name="dsr.responses",
    purpose="Answers, assembled and delivered.",
    owner="aggregator",
    key="subject token",
    producers=("aggregator", "delivery", "replay"),
    consumers=("delivery", "aggregator"),
    retention_days=14,
    extra=_DAILY,
)
DEAD_LETTERS = Topic(
    name="dsr.dead-letters",
    purpose="What could not be done, with the original record; references only.",
    owner="operator",
    key="subject token",
    producers=("connector", "aggregator", "delivery"),
    consumers=("replay",),
    retention_days=90,
    extra={"max.message.bytes": str(MESSAGE_BYTES_MAX + DEAD_LETTER_REASONS_BYTES_MAX)},
)
STATUS = Topic(
    name="dsr.status",
    purpose="The latest state of every case.",
    owner="aggregator",
    key="request id",
    producers=("aggregator",),
    consumers=(),
    retention_days=800,  # longer than a case with every extension; compaction keeps the latest until then
    extra={"cleanup.policy": "compact,delete", "max.compaction.lag.ms": str(_DAY_MS)},
)

TOPICS: tuple[Topic, ...] = (REQUESTS, COMPLETIONS, RESPONSES, DEAD_LETTERS, STATUS)
