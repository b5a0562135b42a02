"""The three clients of the library, set up the only way that loses nothing.

Where the settings come from: no automatic commits, no deserializers (a fault in one makes poll spin for ever), no
creation of topics by a slip of the pen, no silent jump over trimmed records, and every wait is bounded, so that a
dead broker becomes an error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

from habeas.errors import ConfigurationError
from schemas.topics import MESSAGE_BYTES_MAX

REQUEST_S_MAX: Final = 10.0
DELIVERY_S_MAX: Final = 30.0
_BATCH_BYTES = MESSAGE_BYTES_MAX // 2
_BOUNDED: Final[Mapping[str, object]] = {
    "request_timeout_ms": int(REQUEST_S_MAX * 1000),
    "bootstrap_timeout_ms": int(REQUEST_S_MAX * 1000),
    "reconnect_backoff_max_ms": 1_000,
}
_ALLOWED: Final = frozenset({
    "api_version", "bootstrap_timeout_ms", "client_dns_lookup", "client_id", "connections_max_idle_ms",
    "metadata_max_age_ms", "proxy_url", "reconnect_backoff_max_ms", "reconnect_backoff_ms", "request_timeout_ms",
    "security_protocol", "socket_options",
})  # fmt: skip
_ALLOWED_PREFIXES: Final = ("ssl_", "sasl_")


@dataclass(frozen=True, slots=True)
class Clients:
    """How to reach the brokers: TLS, SASL and network options by the library's names. Nothing connects yet."""

    bootstrap_servers: str | Sequence[str]
    options: Mapping[str, object] = field(repr=False)

    def __post_init__(self) -> None:
        for name in self.options:
            if name not in _ALLOWED and not name.startswith(_ALLOWED_PREFIXES):
                raise ConfigurationError(f"Kafka option {name!r} is not for TLS, SASL or the network: leave it out.")

    def producer(self) -> KafkaProducer:
        """May be shared by threads."""
        return KafkaProducer(
            **self._common(),
            enable_idempotence=True,
            acks=-1,
            allow_auto_create_topics=False,
            delivery_timeout_ms=int(DELIVERY_S_MAX * 1000),
            max_block_ms=int(REQUEST_S_MAX * 1000),
            # A batch goes out at once; while it is on its way the next one of its partition fills.
            linger_ms=0,
            batch_size=_BATCH_BYTES,
            metrics_enabled=False,
        )

    def admin(self) -> KafkaAdminClient:
        """For one thread at a time."""
        return KafkaAdminClient(**self._common())

    def member(self, group: str, *, instance: str | None, session_s: float) -> KafkaConsumer:
        """A consumer that joins a group. For one thread."""
        return self._consumer(
            group_id=group,
            group_instance_id=instance,
            session_timeout_ms=int(session_s * 1000),
            # A heartbeat is also how a member hears that the group shares out anew.
            heartbeat_interval_ms=min(1_000, int(session_s * 1000 / 4)),
            partition_assignment_strategy=[CooperativeStickyAssignor()],
        )

    def reader(self) -> KafkaConsumer:
        """A consumer without a group. For one thread."""
        return self._consumer()

    def _consumer(self, **settings: Any) -> KafkaConsumer:
        return KafkaConsumer(
            **self._common(),
            **settings,
            enable_auto_commit=False,
            auto_offset_reset="none",  # type: ignore[arg-type]  # the library knows it, its stubs do not
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )

    def _common(self) -> dict[str, Any]:
        return {"bootstrap_servers": self.bootstrap_servers, **_BOUNDED, **self.options}
