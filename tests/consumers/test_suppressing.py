"""Whoever wants no more mail is on the list once the request is answered, and the list says nothing of them."""

import json
import threading
import urllib.error
import urllib.request

import pytest
from sqlalchemy import select

from habeas.cli.suppression_http import serve_checks
from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.wishes import Wish
from habeas.errors import UserError
from habeas.storage.tables import suppressions
from habeas.testing.notebook import Note, Notebook
from producers.intake import Submission

ADA, BO, PHONE = "ada@example.org", "bo@example.org", "+441614960123"
TOKEN = "a-token-for-imports"


def submit(pipeline, wish):
    who = (
        identifier(IdentifierKind.EMAIL, ADA),
        identifier(IdentifierKind.PHONE, PHONE),
        identifier(IdentifierKind.CUSTOMER_NUMBER, "C100"),
    )
    submission = Submission(wish.right, who, IdentityCheck.LOGIN, wish=wish)
    return pipeline.habeas.intake.submit([submission], actor="tester")[0].request_id


@pytest.fixture
def pipeline(state_url, new_pipeline):
    return new_pipeline({"crm": Notebook([Note("1", ADA)])}, state_url=state_url)


def listed(pipeline, *addresses):
    return {each: found.reason for each, found in pipeline.habeas.suppression_list.check(addresses).items()}


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (Wish(Right.OBJECTION, marketing=True), "art-21"),
        (Wish(Right.WITHDRAWAL, purposes=frozenset({"newsletter"})), "art-7-3"),
        (Wish(Right.ERASURE), "art-17-1"),
    ],
)
def test_whoever_ends_marketing_is_on_the_list_in_any_spelling(pipeline, wish, reason):
    """law C-suppression: keyed hashes of e-mail and phone with reason and date; survives erasure."""
    submit(pipeline, wish)
    pipeline.run()
    assert listed(pipeline, " Ada@Example.ORG ", "0161 496 0123", BO, "C100", "") == {
        " Ada@Example.ORG ": reason,
        "0161 496 0123": reason,
    }
    with pipeline.habeas.database.reading() as connection:
        rows = connection.execute(select(suppressions)).all()
    assert {row.kind for row in rows} == {"email", "phone"}
    assert not any(ADA.encode() in row.mac for row in rows)


@pytest.mark.parametrize("wish", [Wish(Right.ACCESS), Wish(Right.OBJECTION, purposes=frozenset({"analytics"}))])
def test_nobody_else_is_on_it(pipeline, wish):
    submit(pipeline, wish)
    pipeline.run()
    assert listed(pipeline, ADA, PHONE) == {}


def test_whoever_subscribes_again_is_taken_off_with_a_reason(pipeline):
    people = pipeline.habeas.suppression_list
    people.add([ADA, BO], actor="tester")
    with pytest.raises(UserError, match="say why"):
        people.remove([ADA], actor="tester", why=" ")
    assert people.remove([ADA], actor="tester", why="subscribed again") == 1
    assert listed(pipeline, ADA, BO) == {BO: "asked-for"}


@pytest.fixture
def ask(pipeline):
    """Ask over HTTP: the status and the answer."""
    pipeline.habeas.suppression_list.add([ADA], actor="tester")
    with serve_checks(pipeline.habeas.suppression_list, "127.0.0.1", 0, TOKEN) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()

        def ask(body, *, token=TOKEN, path="/suppressed"):
            url = f"http://127.0.0.1:{server.server_address[1]}{path}"
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            request = urllib.request.Request(url, data, {"Authorization": f"Bearer {token}"})
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, json.load(error)

        yield ask
        server.shutdown()
        serving.join()


def test_an_import_asks_over_http(ask):
    """law C-suppression: checked at every ingest."""
    status, answer = ask({"addresses": [ADA.upper(), BO]})
    assert status == 200
    assert {each: found["reason"] for each, found in answer["suppressed"].items()} == {ADA.upper(): "asked-for"}


@pytest.mark.parametrize(
    ("body", "options", "status"),
    [
        ({"addresses": [ADA]}, {"token": "guessed"}, 401),
        ({"addresses": [ADA]}, {"path": "/everybody"}, 404),
        (b"not json", {}, 400),
        ({"addresses": [1]}, {}, 400),
        ({"addresses": ["x"] * 10_001}, {}, 413),
    ],
)
def test_whoever_may_not_ask_or_asks_wrongly_is_told_so_and_nothing_more(ask, body, options, status):
    got, answer = ask(body, **options)
    assert got == status
    assert list(answer) == ["error"]
    assert ADA not in answer["error"]
