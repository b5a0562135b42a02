"""`habeas fill-sample` puts the sample where the settings say."""

from datetime import date
from importlib import resources
from pathlib import Path
from uuid import uuid4

import fsspec

from habeas.sample.systems import fill_systems
from habeas.sample.truth import GroundTruth
from habeas.settings import load_settings

TOML = (resources.files("habeas.sample") / "habeas.toml").read_text("utf-8")
ROOT = 'options.root = "systems/clients"'


def fill(folder: Path, root: str) -> GroundTruth:
    (folder / "systems").mkdir(parents=True)
    assert ROOT in TOML
    (folder / "habeas.toml").write_text(TOML.replace(ROOT, root))
    settings = load_settings(folder / "habeas.toml")
    return fill_systems(settings, folder / "truth.json", people=300, files=24, seed=7, today=date(2026, 3, 1))


def test_client_files_go_where_an_address_says(tmp_path: Path) -> None:
    """Through the connector's own store: the same files and bytes as in a folder."""
    address = f"memory://{uuid4().hex}/clients"
    there, elsewhere = tmp_path / "there", tmp_path / "elsewhere"
    fsspec.filesystem("memory").mkdirs(address)
    truth = fill(there, ROOT)
    assert fill(elsewhere, f'options.root = "{address}"\noptions.locks = "locks"') == truth
    system, root = fsspec.core.url_to_fs(address)
    found = {str(path).removeprefix(f"{root}/"): system.cat_file(path) for path in system.find(root)}
    clients = there / "systems" / "clients"
    written = {str(path.relative_to(clients)): path.read_bytes() for path in clients.rglob("*") if path.is_file()}
    assert len(written) > 24
    assert found == written
    assert not (elsewhere / "systems" / "clients").exists()
