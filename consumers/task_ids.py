"""Task ids follow from what they are for, so that adding a task twice is adding it once."""

from uuid import UUID, uuid5

ANSWER = "answer"
DELIVERY = "delivery"
"""The aggregator's and the delivery's own lines in the ledger, beside those of the systems."""


def task_id(request_id: UUID | str, system: str) -> str:
    """The id of a request's task in a system."""
    return str(uuid5(UUID(str(request_id)), system))
