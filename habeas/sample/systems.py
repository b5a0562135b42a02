"""Fills the systems that settings name with the sample consultancy, wherever they run."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from connectors.customs_files.connect import open_store
from connectors.mailing_list.mailman import MailmanApi
from habeas.errors import ConfigurationError
from habeas.sample.clients import draw_clients
from habeas.sample.consultancy import CLIENTS_MAX
from habeas.sample.databases import fill_databases
from habeas.sample.dice import dice
from habeas.sample.files.store import client_files
from habeas.sample.mailman import fill_mailman
from habeas.sample.people import Person, draw_people, look_alikes
from habeas.sample.subscribers import fill_mailing_list
from habeas.sample.truth import BILLING, CRM, CUSTOMS_FILES, MAILING_LIST, GroundTruth, Sightings
from habeas.settings import Settings

_PLACES = {CRM: "url", BILLING: "url", CUSTOMS_FILES: "root"}
_MAILMAN_USER = "restadmin"


def fill_systems(
    settings: Settings, truth_file: Path, *, people: int, files: int, seed: int, today: date
) -> GroundTruth:
    """Fill them, once: where `truth_file` is, it was done before. A killed run is finished by the next.

    The databases, the list's file and the files' folder must be the sample's own. Raises ConfigurationError if a
    system is not named.
    """
    if truth_file.exists():
        return GroundTruth.read(truth_file)
    places = {system: _place(settings, system) for system in _PLACES}
    sightings = Sightings()
    clients = draw_clients(max(3, min(CLIENTS_MAX, files // 4)), dice(seed, "clients"))
    drawn = draw_people(people, clients, dice(seed, "people"), today)
    fill_databases(places[CRM], places[BILLING], drawn, seed=seed, today=today, sightings=sightings)
    _fill_mailing_list(settings, drawn, seed=seed, today=today, sightings=sightings)
    made = client_files(clients, drawn, files, dice=dice(seed, "files"), today=today, sightings=sightings)
    _fill_store(settings, places[CUSTOMS_FILES], made)
    truth = sightings.truth(drawn, look_alikes(drawn), seed=seed, today=today)
    half = truth_file.with_name(truth_file.name + ".unfinished")
    truth.write(half)
    half.replace(truth_file)
    return truth


def _fill_mailing_list(
    settings: Settings, people: Sequence[Person], *, seed: int, today: date, sightings: Sightings
) -> None:
    options = settings.systems[MAILING_LIST].options if MAILING_LIST in settings.systems else {}
    throws = dice(seed, "mailing_list")
    match options:
        case {"backend": "mailman", "url": str(url), "password_file": str(file)}:
            password = settings.path(file).read_text("utf-8").strip()
            fill_mailman(MailmanApi(url, user=_MAILMAN_USER, password=password), people, throws, today, sightings)
        case {"path": str(path)}:
            target = settings.path(path)
            unfinished = target.with_name(target.name + ".unfinished")
            unfinished.unlink(missing_ok=True)
            fill_mailing_list(unfinished, people, throws, today, sightings)
            unfinished.replace(target)
        case _:
            raise ConfigurationError(
                f"the sample needs [systems.{MAILING_LIST}] with options.path, or with options.backend = 'mailman', "
                "options.url and options.password_file, in habeas.toml"
            )


def _fill_store(settings: Settings, root: str, files: Iterable[tuple[str, bytes]]) -> None:
    if "://" not in root:
        for name, content in files:
            path = settings.path(root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return
    options = settings.systems[CUSTOMS_FILES].options
    store = open_store(options, system=CUSTOMS_FILES, folder=settings.root)
    try:
        store.require()
        for name, content in files:
            store.put(name, content)
    finally:
        store.close()


def _place(settings: Settings, system: str) -> str:
    option = _PLACES[system]
    named = settings.systems.get(system)
    if named is None or not isinstance(named.options.get(option), str):
        raise ConfigurationError(f"the sample needs [systems.{system}] with options.{option} in habeas.toml")
    return settings.url(named.options[option])
