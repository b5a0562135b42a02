"""Writes notices, in three forms that say the same."""

from dataclasses import dataclass

from habeas.letters.letter import NoFontError
from habeas.letters.notice import Notice
from habeas.letters.notice_contents import notice_contents
from habeas.letters.plain import plain_text
from habeas.letters.stationery import Stationery


@dataclass(frozen=True, slots=True)
class WrittenNotice:
    """To print and keep (PDF/A, PDF/UA), and the two bodies of an e-mail; `html` is in UTF-8."""

    pdf: bytes
    html: bytes
    text: str


def write_notice(notice: Notice, stationery: Stationery) -> WrittenNotice:
    """The same bytes for the same notice.

    Raises ConfigurationError for a faulty template, and ValueError for a notice that lacks what its kind must tell.
    """
    wording = stationery.wording(notice.language, notice.kind)
    contents = notice_contents(notice, stationery.prose, wording)
    head = notice.letterhead
    try:
        pdf = stationery.press.print(head, contents, wording)
    except NoFontError:
        # As with answers: the other two forms show what no font has.
        plain = notice.in_known_letters()
        pdf = stationery.press.print(plain.letterhead, notice_contents(plain, stationery.prose, wording), wording)
    return WrittenNotice(
        pdf, stationery.page.render(head, contents, None, wording), plain_text(head, contents, wording)
    )
