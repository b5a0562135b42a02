"""What operators can measure (Prometheus); labels name systems and roles, never people or requests."""

from prometheus_client import Counter, Gauge, Histogram, start_http_server

RECORDS_CONSUMED = Counter("habeas_records_consumed", "Records taken from the log.", ["group"])
MESSAGES_PUBLISHED = Counter("habeas_messages_published", "Messages that the log has acknowledged.")
TASKS_SETTLED = Counter("habeas_tasks_settled", "Attempts at tasks, by how they ended.", ["system", "ending"])
TASK_SECONDS = Histogram("habeas_task_seconds", "Time from a task's start in the ledger to its end.", ["system"])
WORK_RECORDS = Counter("habeas_work_records", "Records that have passed through a phase.", ["system", "phase"])
WORK_SECONDS = Gauge(
    "habeas_work_seconds", "For how long the present attempt has been going; 0 if none is.", ["system"]
)
DEAD_LETTERS = Counter("habeas_dead_letters", "Dead letters written.", ["consumer"])
KEPT_AWAY = Counter("habeas_kept_away", "Records of suppressed people that had come back and were removed.", ["system"])
CIRCUIT_OPEN = Gauge("habeas_circuit_open", "1 while a system is taken to be down.", ["system"])

OPEN_REQUESTS = Gauge("habeas_open_requests", "Requests without an answer, by how they stand to their date.", ["due"])

OPEN_REVIEWS = Gauge("habeas_open_reviews", "Records about which somebody has to decide.")

SHREDDED = Counter("habeas_shredded", "Requests of which something was shredded when its time was over.", ["what"])
KEPT_LONGER = Gauge("habeas_kept_longer", "Requests of which something is needed beyond its time.", ["what"])


def serve(port: int, *, host: str) -> None:
    """Answer Prometheus at http://host:port/metrics, in the background; not at all at port 0."""
    if port:
        start_http_server(port, addr=host)
