"""A real Kafka broker and a real PostgreSQL server for tests, benchmarks and scripts.

    with running_kafka() as bootstrap_servers: ...
    with running_postgres() as url: ...

Each is stopped when its user has gone, however that was. With a folder of their own several processes share one.
"""

from habeas.testing.services.kafka_broker import running_kafka
from habeas.testing.services.postgres_server import running_postgres
from habeas.testing.services.unavailable import ServiceUnavailableError

__all__ = ["ServiceUnavailableError", "running_kafka", "running_postgres"]
