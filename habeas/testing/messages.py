"""Events as producers make them, for tests of those who consume them."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from habeas.domain.requests import Right
from schemas.events import RequestAccepted

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def accepted(
    right: Right,
    *,
    request_id: UUID | None = None,
    subject: str | None = None,
    systems: tuple[str, ...] = ("crm",),
    at: datetime = AT,
) -> RequestAccepted:
    """An accepted request of somebody new, if nobody is named."""
    return RequestAccepted(
        request_id=request_id or uuid4(),
        at=at,
        right=right.value,
        subject=subject or str(uuid4()),
        systems=systems,
        identity=uuid4(),
        identity_check="login",
    )
