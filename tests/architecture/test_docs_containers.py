"""docs/containers.md says of each container what docker-compose.yml gives it; its commands are run by test_compose."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
COUNTS = {"none": 0, "three": 3, "six": 6}


def rows() -> dict[str, list[str]]:
    """Of the table of what runs: the cells after the service's name, by service."""
    table = (ROOT / "docs" / "containers.md").read_text("utf-8").split("## What runs")[1].split("\n\n")[1]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {service: cells[1:] for cells in lines for service in re.findall(r"`([^`]+)`", cells[0])}


def test_every_service_is_told_of_with_its_limits() -> None:
    """Memory, processes, the rights of root that it keeps, and the networks that are named."""
    told = rows()
    assert set(told) == set(SERVICES)
    for name, (_, memory, processes, rights, networks) in told.items():
        service = SERVICES[name]
        assert (memory, int(processes)) == (service["mem_limit"], service["pids_limit"]), name
        assert service["cap_drop"] == ["ALL"]
        assert COUNTS[re.split(r"\W", rights)[0]] == len(service.get("cap_add", ())), name
        assert set(re.findall(r"`([^`]+)`", networks)) <= set(service.get("networks", ())), name


def test_every_secret_is_told_of() -> None:
    """Where it is, and in which container's volumes."""
    page = (ROOT / "docs" / "containers.md").read_text("utf-8")
    volumes = {name.partition(":")[0] for each in SERVICES.values() for name in each.get("volumes", ())}
    secret = {name for name in volumes if name.endswith("-secret") or name == "master-key"}
    assert len(secret) == 8
    assert not [name for name in secret if f"`{name}`" not in page]
