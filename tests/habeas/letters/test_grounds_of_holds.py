"""Why data is kept is told as what it is (Article 17(3)): not every hold is a legal obligation."""

from types import SimpleNamespace
from typing import Any

import pytest

from habeas.domain.requests import Right

GROUNDS = [
    ("art-17-3-a", "freedom of expression"),
    ("art-17-3-b-task", "task carried out in the public interest"),
    ("art-17-3-c", "public health"),
    ("art-17-3-d", "archiving in the public interest"),
    ("art-17-3-e", "legal claims"),
]


@pytest.mark.parametrize(("reason", "words"), GROUNDS)
def test_the_ground_of_a_hold_is_told(assemble: Any, make: SimpleNamespace, reason: str, words: str) -> None:
    """law C17: in the rule's own words and in the law's."""
    page = assemble(Right.ERASURE, (kept(make, "customer-basics", reason),)).page
    assert words in page
    assert "six years after they cease to be customers" in page


@pytest.mark.parametrize(("reason", "words"), GROUNDS)
def test_it_is_told_also_when_the_rule_is_no_longer_there(
    assemble: Any, make: SimpleNamespace, reason: str, words: str
) -> None:
    page = assemble(Right.ERASURE, (kept(make, "gone", reason),)).page
    assert words in page
    assert "The law obliges us" not in page


def kept(make: SimpleNamespace, rule: str, reason: str) -> Any:
    return make.system("archive", summary=(make.line("papers", "retain", reason, 1, rule=rule, until=None),))
