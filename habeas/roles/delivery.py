"""Delivery: lays down answers and letters, and tells recipients."""

from pathlib import Path

from consumers.delivery.clearing import Clearing
from consumers.delivery.folder import FolderDelivery
from consumers.delivery.intake import GROUP as DELIVERER
from consumers.delivery.intake import intake as delivery_intake
from consumers.delivery.recipients import Telling
from consumers.delivery.senders import Senders
from consumers.task_ids import DELIVERY, line_of
from habeas.bootstrap import Habeas
from habeas.loops import Loop
from habeas.roles.parts import PACKAGES_MAX, consumer, worker
from schemas.topics import REQUESTS, RESPONSES

CLEARING_S = 600.0
TOLD_MAX = 1
"""At once: what has left can't be taken back, so that each notice is settled by itself."""
DELIVERY_TOPICS = (RESPONSES.name, REQUESTS.name)


def delivery_loops(habeas: Habeas) -> list[Loop]:
    """All of them, but for the publisher."""
    root = habeas.settings.path(habeas.settings.delivery.folder)
    clearing = Clearing(root, after=habeas.settings.retention.folder, database=habeas.database, clock=habeas.clock)
    folder = FolderDelivery(
        root,
        lane=DELIVERER,
        database=habeas.database,
        vault=habeas.vault,
        clock=habeas.clock,
    )
    return [
        Loop("clearing", clearing.step, wake="clearing", idle_s=CLEARING_S),
        consumer(habeas, DELIVERER, DELIVERY_TOPICS, delivery_intake(clock=habeas.clock)),
        worker(habeas, DELIVERY, folder, lane=DELIVERER, tasks_max=PACKAGES_MAX),
        *_telling(habeas, root),
    ]


def _telling(habeas: Habeas, root: Path) -> list[Loop]:
    """A worker for each recipient with an address: each is up or down by itself."""
    senders = Senders(habeas.settings, clock=habeas.clock)
    workers = []
    for recipient in habeas.register.recipients:
        if recipient.notify is not None:
            telling = Telling(
                recipient,
                register=habeas.register,
                senders=senders,
                root=root,
                lane=DELIVERER,
                database=habeas.database,
                vault=habeas.vault,
                clock=habeas.clock,
            )
            workers.append(worker(habeas, line_of(recipient.key), telling, lane=DELIVERER, tasks_max=TOLD_MAX))
    return workers
