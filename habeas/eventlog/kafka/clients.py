"""The three clients of the library, set up the only way that loses nothing.

Where the settings come from: no automatic commits, no deserializers (a fault in one makes poll spin for ever), no
creation of topics by a slip of the pen, no silent jump over trimmed records, and every wait is bounded, so that a
dead broker becomes an error.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, errors
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.net.compat import KafkaNetClient

from habeas.errors import ConfigurationError
from schemas.topics import MESSAGE_BYTES_MAX

C = TypeVar("C", KafkaAdminClient, KafkaConsumer, KafkaProducer)
REQUEST_S_MAX: Final = 10.0
_FORCED_CLOSE_S_MAX = 5.0
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

    def producer(self, *, delivery_s: float) -> KafkaProducer:
        """May be shared by threads."""
        return self._made(
            KafkaProducer,
            enable_idempotence=True,
            acks=-1,
            allow_auto_create_topics=False,
            delivery_timeout_ms=int(delivery_s * 1000),
            max_block_ms=int(REQUEST_S_MAX * 1000),
            # A batch goes out at once; while it is on its way the next one of its partition fills.
            linger_ms=0,
            batch_size=_BATCH_BYTES,
            metrics_enabled=False,
        )

    def admin(self) -> KafkaAdminClient:
        """For one thread at a time."""
        return self._made(KafkaAdminClient)

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
        return self._made(
            KafkaConsumer,
            **settings,
            enable_auto_commit=False,
            auto_offset_reset="none",
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )

    def _made(self, kind: Callable[..., C], **settings: Any) -> C:
        """One that fails to reach a broker would leave its thread and its sockets behind, at every try."""
        networks: list[KafkaNetClient] = []

        def network(**config: Any) -> KafkaNetClient:
            networks.append(KafkaNetClient(**config))
            return networks[-1]

        common = {"bootstrap_servers": self.bootstrap_servers, **_BOUNDED, **self.options}
        try:
            return kind(**common, **settings, kafka_client=network)
        except BaseException:
            for each in networks:
                each.close()
            raise


def end(producer: KafkaProducer, *, timeout_s: float) -> None:
    """Close after sending what waits, but give that up after the time.

    The library's own close gives up closing instead, and goes on sending in the background (producer/kafka.py:695).
    """
    try:
        producer.flush(timeout=timeout_s)
    except errors.KafkaTimeoutError:
        sender: Any = producer._sender  # type: ignore[attr-defined]  # noqa: SLF001 - no public way
        sender.force_close()
        sender.join(_FORCED_CLOSE_S_MAX)
    producer.close(timeout=_FORCED_CLOSE_S_MAX)
