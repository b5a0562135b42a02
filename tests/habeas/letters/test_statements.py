"""What the answer says of a statement that completes the data."""
# ruff: noqa: RUF001 - Turkish has letters that look like others

import pytest

from habeas.domain.requests import Right

STANDS = {
    "en": "It also stands beside your data",
    "sv": "Det står också bredvid dina uppgifter",
    "tr": "verilerinizin yanında da",
}
BY_HAND = {"en": "One of us sees to it", "sv": "En av oss ser till", "tr": "Bir çalışanımız, tamamladığı"}


@pytest.mark.parametrize("language", STANDS)
@pytest.mark.parametrize(
    ("fates", "stands", "by_hand"),
    [
        (["annotate"], True, False),
        (["annotate", "review"], True, True),
        (["review"], False, True),
        ([], False, True),
    ],
)
def test_the_answer_says_where_the_statement_stands(assemble, make, *, language, fates, stands, by_hand) -> None:
    """law C16b: beside the data; where it does not yet, somebody is said to see to it."""
    lines = tuple(make.line("tables", fate, "art-16-statement", 1) for fate in fates)
    systems = (make.system("files", title="Client files", summary=lines),)
    page = " ".join(assemble(Right.RECTIFICATION, systems, language=language).page.split())
    assert (STANDS[language] in page) is stands
    assert (BY_HAND[language] in page) is by_hand
    assert "I moved in 2019." in page
