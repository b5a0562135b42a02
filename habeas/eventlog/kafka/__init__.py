"""The event log on Apache Kafka. Nothing outside this package imports the client library."""

from habeas.eventlog.kafka.log import KafkaLog

__all__ = ["KafkaLog"]
