"""What must hold of all requests once they are answered, on whatever they ran."""

import re
from collections.abc import Collection, Mapping
from typing import Any

SYSTEMS = frozenset({"crm", "billing", "mailing_list", "customs_files"})
_ONCE = {
    **{f"habeas.task.completed.v1 {system}": 1 for system in SYSTEMS},
    "habeas.response.assembled.v1": 1,
    "habeas.response.delivered.v1": 1,
}


def assert_each_answered_once(told: Mapping[str, Any], *, expected: Collection[str]) -> None:
    """By what `desk.tell` told: every request is there, each system completed it once, one answer was delivered."""
    assert set(expected) <= set(told["cases"]), "a request that was taken in is not there"
    files = set()
    for request_id, case in told["cases"].items():
        assert case["state"] == "delivered", case
        assert case["left_over"] == 0, case
        assert set(case["systems"]) == SYSTEMS, case
        assert told["events"][request_id] == _ONCE, told["events"][request_id]
        files |= {f"{case['right']}-{request_id}/{name}" for name in ("answer.zip", "letter.pdf")}
    answers = set(told["answers"])
    assert files <= answers
    folders = {f"{case['right']}-{request_id}" for request_id, case in told["cases"].items()}
    assert_letters_to_clients(answers - files, folders)


def assert_letters_to_clients(paths: Collection[str], folders: Collection[str]) -> None:
    """Beside the answers lie only letters to clients, each whole: in the three forms, in the folder of a request."""
    letters = {path.rpartition("/")[0] for path in paths}
    assert all(re.fullmatch(r"client-\d+", letter.rpartition("/")[2]) for letter in letters), letters
    assert {letter.rpartition("/")[0] for letter in letters} <= set(folders)
    assert set(paths) == {f"{letter}/letter.{form}" for letter in letters for form in ("pdf", "html", "txt")}
