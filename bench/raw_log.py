"""The raw limit: a bare loop on the same broker that consumes, produces and commits, with batches like ours."""

import time
import warnings
from uuid import uuid4

from habeas.eventlog.runner import BATCH_RECORDS_MAX
from schemas.events import RequestReceived

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # kafka-python reads its schemas by a deprecated call
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

RECORDS = 20_000
RECORD_BYTES = 300


def bare_loop_per_second(bootstrap: str) -> float:
    """Records a second that one bare kafka-python loop consumes, produces again and commits."""
    source, sink = f"bench.{uuid4().hex}", f"bench.{uuid4().hex}"
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    spec = {"num_partitions": 12, "replication_factor": 1, "configs": {}}
    admin.create_topics({source: spec, sink: spec}, wait_for_metadata=True)
    producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)
    headers = [("ce_type", RequestReceived.type.encode())]
    for number in range(RECORDS):
        producer.send(source, value=b"x" * RECORD_BYTES, key=str(number).encode(), headers=headers)
    producer.flush()
    consumer = KafkaConsumer(
        source,
        bootstrap_servers=bootstrap,
        group_id=uuid4().hex,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=BATCH_RECORDS_MAX,
    )
    done, begun = 0, 0.0
    while done < RECORDS:
        polled = consumer.poll(timeout_ms=1_000)
        begun = begun or time.perf_counter()
        records = [record for each in polled.values() for record in each]
        sent = [producer.send(sink, value=each.value, key=each.key, headers=each.headers) for each in records]
        for future in sent:
            future.get(timeout=30)  # type: ignore[no-untyped-call]  # the stubs leave it untyped
        consumer.commit()
        done += len(records)
    took_s = time.perf_counter() - begun
    consumer.close()
    producer.close()
    admin.delete_topics([source, sink])
    admin.close()
    return RECORDS / took_s
