"""Every reason is told in words, not by its code."""

import pytest

from habeas.cli.wording import reason
from habeas.domain.outcomes import Reason
from schemas.events import SummaryLine


@pytest.mark.parametrize("why", Reason)
def test_a_reason_is_told_in_words(why):
    told = reason(SummaryLine(collection="rows", outcome="review", reason=why, records=1))
    assert told != why
    assert "art-" not in told
