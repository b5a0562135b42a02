"""Makes the sample consultancy: a CRM, a billing database, a mailing list, client folders, and who is where."""

from datetime import UTC, date, datetime
from pathlib import Path

from habeas.errors import UserError
from habeas.sample.clients import draw_clients
from habeas.sample.databases import fill_databases
from habeas.sample.dice import dice
from habeas.sample.files.store import client_files
from habeas.sample.marker import making
from habeas.sample.people import PEOPLE_MIN, draw_people, look_alikes
from habeas.sample.subscribers import fill_mailing_list
from habeas.sample.truth import FILE_NAME, GroundTruth, Sightings

FILES_MIN = 20
CLIENTS_MAX = 300


def build(
    folder: Path, *, people: int = 2000, files: int = 400, seed: int = 1, today: date | None = None
) -> GroundTruth:
    """Make `crm.db`, `billing.db`, `mailing_list.db`, `clients/` and `ground-truth.json` in the folder.

    The same arguments make the same content; `today` is what "six years ago" is reckoned from. A sample that is there
    already is replaced. Raises UserError if the folder holds anything else, or if the numbers are too small to have
    everybody who is to be tried in it.
    """
    if people < PEOPLE_MIN or files < FILES_MIN:
        raise UserError(f"a sample has at least {PEOPLE_MIN} people and {FILES_MIN} files")
    today = today or datetime.now(UTC).date()
    sightings = Sightings()
    clients = draw_clients(max(3, min(CLIENTS_MAX, files // 4)), dice(seed, "clients"))
    drawn = draw_people(people, clients, dice(seed, "people"), today)
    with making(folder) as made:
        crm, billing = made.place("crm.db"), made.place("billing.db")
        fill_databases(f"sqlite:///{crm}", f"sqlite:///{billing}", drawn, seed=seed, today=today, sightings=sightings)
        fill_mailing_list(made.place("mailing_list.db"), drawn, dice(seed, "mailing_list"), today, sightings)
        for path, content in client_files(
            clients, drawn, files, dice=dice(seed, "files"), today=today, sightings=sightings
        ):
            made.place(f"clients/{path}").write_bytes(content)
        truth = sightings.truth(drawn, look_alikes(drawn), seed=seed, today=today)
        truth.write(made.place(FILE_NAME))
    return truth
