"""The times of what Habeas itself holds: said plainly if they make no sense."""

from datetime import timedelta

import pytest

from habeas.errors import ConfigurationError
from habeas.settings import load_settings


def settings(tmp_path, text):
    path = tmp_path / "habeas.toml"
    path.write_text(f"[retention]\n{text}\n")
    return load_settings(path).retention


def test_unless_set_they_are_a_month_a_good_quarter_and_six_years(tmp_path):
    times = settings(tmp_path, "")
    assert (times.folder, times.answers, times.identities) == (
        timedelta(days=30),
        timedelta(days=100),
        timedelta(days=2_192),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("answers_days = 7", "retention: folder_days is 30 and answers_days is 7: make answers_days as long at least"),
        ("identities_days = 90", "identities_days is 90: make identities_days as long at least"),
        ("answers_days = 0", "retention.answers_days: Input should be greater than or equal to 1"),
        ("answers = 10", "retention.answers: Extra inputs are not permitted"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(tmp_path, text, says):
    with pytest.raises(ConfigurationError) as refused:
        settings(tmp_path, text)
    assert says in str(refused.value)


def test_folders_may_be_left_to_the_operator(tmp_path):
    assert settings(tmp_path, "folder_days = 0\nanswers_days = 1").folder == timedelta(0)
