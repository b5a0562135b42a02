"""`docker compose up`, as people are told to use it: fulfils requests, stands every kill, and forgets nothing."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from habeas.sample.truth import Truth
from habeas.testing.answered import assert_each_answered_once
from habeas.testing.compose import ROOT, Desk, Stack, await_true
from habeas.testing.services import docker_engine

pytestmark = [pytest.mark.containers, pytest.mark.crash, pytest.mark.timeout(1500)]

RIGHTS = ("access", "erasure", "restriction")
ANSWERED_S_MAX = 240.0
BACK_S_MAX = 120.0


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Up from nothing, gone afterwards in any case."""
    if shutil.which("docker") is None or not docker_engine.answers():
        message = "no Docker engine answers"
        if docker_engine.demanded():
            pytest.fail(message)
        pytest.skip(message)
    stack = Stack()
    try:
        stack.build()
        stack.up()
        yield stack
    finally:
        stack.remove()


@pytest.fixture(scope="module")
def people(stack: Stack) -> Iterator[Truth]:
    """Customers whom nobody else may be taken for, each to be used once."""
    truth = stack.ground_truth()
    return (
        person
        for person in truth.people.values()
        if not person.look_alikes and all(person.places_in(system) for system in ("crm", "billing"))
    )


def email_of(person: Truth) -> str:
    return next(each.value for each in person.identifiers if each.kind == "email")


def await_answers(desk: Desk) -> dict:
    """What became of all requests, once all are answered."""
    told = desk.tell(wait_s=ANSWERED_S_MAX)
    assert told["events"], f"not answered after {ANSWERED_S_MAX:g} s: {told['cases']}"
    return told


def test_up_reaches_a_fulfilled_request(stack: Stack) -> None:
    """From a fresh clone, `docker compose up` alone fulfils the sample's first request; `list` and the logs show it."""

    def requests() -> list[dict]:
        return json.loads(stack.habeas("list", "--json"))

    await_true(lambda: [each["state"] for each in requests()] == ["delivered"], what="it", timeout_s=ANSWERED_S_MAX)
    (request,) = requests()
    assert request["request_id"] in stack.compose("logs", "delivery")


def test_no_container_has_more_than_it_needs(stack: Stack) -> None:
    """Ours run without root on a file system that they can't write to; no port is open to other machines."""
    for service in stack.services():
        found = stack.inspect(stack.container(service))
        host = found["HostConfig"]
        published = [each["HostIp"] for ports in found["NetworkSettings"]["Ports"].values() for each in ports or ()]
        assert set(published) <= {"127.0.0.1"}
        assert host["RestartPolicy"]["Name"] == "unless-stopped"
        assert host["CapDrop"] == ["ALL"]
        assert any("no-new-privileges" in each for each in host["SecurityOpt"])
        assert host["Memory"] > 0
        assert host["PidsLimit"] > 0
        assert "Health" in found["State"]
        if found["Config"]["Image"].startswith("habeas:"):
            assert found["Config"]["User"] == "10001:10001"
            assert host["ReadonlyRootfs"]
            assert not host["CapAdd"]


def test_secrets_are_made_and_stay_in_files(stack: Stack) -> None:
    """Each server has a password of its own that nobody chose, and none stands in an environment or a log."""
    passwords = {
        stack.compose("exec", "-T", service, "cat", "/run/secrets/own/password")
        for service in ("state-db", "keys-db", "crm-db", "billing-db", "mailman")
    }
    assert len(passwords) == 5
    assert all(len(each) > 30 for each in passwords)
    seen = stack.compose("logs", "--no-color") + stack.compose("config")
    seen += json.dumps([stack.inspect(stack.container(service))["Config"] for service in stack.services()])
    assert not [each for each in passwords if each in seen]


def test_the_server_of_files_lets_in_one_user_with_one_key(stack: Stack) -> None:
    """By a host key that is known from the start; neither root with that key nor anybody with a password."""
    with stack.desk() as desk:
        assert desk.enter() == {"key": True, "root": False, "password": False}


def test_the_commands_of_the_documentation_fulfil_an_erasure(
    stack: Stack, people: Iterator[Truth], tmp_path: Path
) -> None:
    """Each one of docs/containers.md as it stands there, but the last: that is for later."""
    block = (ROOT / "docs" / "containers.md").read_text("utf-8").split("```sh\n")[1].split("```")[0]
    lines = [line for line in block.splitlines() if line.startswith("docker compose")]
    assert lines.pop().startswith("docker compose down")
    for line in lines:
        said = stack.run(
            shlex.split(line.replace("somebody@example.org", email_of(next(people))), comments=True), tmp_path
        )
        if " submit " in line:
            assert "Answered and delivered" in said
    assert list((tmp_path / "answers").rglob("letter.pdf"))


def test_the_other_rights_are_fulfilled(stack: Stack, people: Iterator[Truth]) -> None:
    """Access and restriction; all of them have found something, and are answered with a package and a letter."""
    for right in ("access", "restriction"):
        said = stack.habeas(
            "submit", right, "--identity-check", "login", "--email", email_of(next(people)), "--wait", "200"
        )
        assert "Answered and delivered" in said
    with stack.desk() as desk:
        told = desk.tell()
    assert_each_answered_once(told, expected=())
    assert sorted(case["right"] for case in told["cases"].values()) == ["access", "access", "erasure", "restriction"]
    assert all(case["records"] > 0 for case in told["cases"].values())


def test_a_click_on_a_link_is_a_request(stack: Stack, people: Iterator[Truth]) -> None:
    """The page is there for this machine; from what it says, nobody learns whether they are known."""
    path = stack.habeas("opt-out", "link", email_of(next(people))).strip().partition(":8046")[2]
    place = stack.compose("port", "opt-out", "8046").strip()
    click = Request(f"http://{place}{path}", data=b"List-Unsubscribe=One-Click", method="POST")
    with urlopen(click, timeout=30) as told:
        assert told.status == 200
    cases = json.loads(stack.habeas("list", "--json"))
    assert [each["right"] for each in cases].count("objection") == 1


def test_every_container_may_be_killed(stack: Stack, people: Iterator[Truth]) -> None:
    """While requests come in, each container is killed and started again; each request is answered exactly once.

    The engine takes `docker kill` for somebody's will, so they are started by hand.
    """
    services = stack.services()
    rights = cycle(RIGHTS)
    wanted = [(next(rights), email_of(next(people))) for _ in range(2 * len(services))]
    with stack.desk() as desk, desk.submitting(wanted) as ids:
        for service in services:
            container = stack.container(service)
            stack.docker("kill", container)
            stack.docker("start", container)
        taken_in = ids()
        assert_each_answered_once(await_answers(desk), expected=taken_in)
    assert len(taken_in) == len(wanted)


def test_every_container_comes_back_after_a_crash(stack: Stack, people: Iterator[Truth]) -> None:
    """Processes that die by themselves, all within moments, are brought back by the restart policy; the work goes on."""
    services = stack.services()
    rights = cycle(RIGHTS)
    wanted = [(next(rights), email_of(next(people))) for _ in services]
    with stack.desk() as desk, desk.submitting(wanted) as ids:
        before = {service: stack.inspect(stack.container(service))["RestartCount"] for service in services}
        for service in services:
            stack.crash(service)

        def back(service: str) -> bool:
            found = stack.inspect(stack.container(service))
            return found["RestartCount"] > before[service] and found["State"]["Running"]

        await_true(lambda: all(map(back, services)), what="all of them to be back", timeout_s=BACK_S_MAX)
        taken_in = ids()
        assert_each_answered_once(await_answers(desk), expected=taken_in)

    def healthy() -> bool:
        states = [stack.inspect(stack.container(service))["State"]["Health"]["Status"] for service in services]
        return set(states) == {"healthy"}

    await_true(healthy, what="everything to be healthy again", timeout_s=BACK_S_MAX)


def test_down_and_up_again_loses_nothing(stack: Stack, people: Iterator[Truth]) -> None:
    """Everything that matters is in the volumes: cases, answers, keys, the log; the work goes on where it was."""
    with stack.desk() as desk:
        before = desk.tell()
    stack.compose("down")
    stack.up()
    with stack.desk() as desk:
        assert desk.tell() == before
        with desk.submitting([("access", email_of(next(people)))]) as ids:
            taken_in = ids()
            after = await_answers(desk)
    assert_each_answered_once(after, expected=taken_in)
    assert len(after["cases"]) == len(before["cases"]) + 1
    package = stack.habeas("show", "--json", next(iter(before["cases"])))
    assert json.loads(package)["state"] == "delivered"


def test_the_logs_name_nobody(stack: Stack) -> None:
    """After all of this no container's log has anybody's e-mail address in it, but the two that `init` proposes."""
    proposed = set(re.findall(r"\S+@\S+", stack.compose("logs", "--no-color", "init")))
    logs = stack.compose("logs", "--no-color")
    emails = {email_of(person) for person in stack.ground_truth().people.values()} - proposed
    assert len(emails) > 1000
    assert not [email for email in emails if email in logs]
