"""What every letter is made with; one for the life of a process, from any thread."""

import threading
from pathlib import Path

from habeas.letters.letter import LetterPress
from habeas.letters.page import Page
from habeas.letters.prose import Prose
from habeas.letters.templates import Templates
from habeas.letters.wording import Wording


class Stationery:
    """`templates` is a folder whose files go before those that ship with Habeas (see habeas/letters/templates.py)."""

    def __init__(self, templates: Path | None = None) -> None:
        self.templates = Templates(templates)
        self.press = LetterPress(self.templates)
        self.prose = Prose(self.templates)
        self.page = Page(self.templates)
        self._wordings: dict[str, Wording] = {}
        self._loading = threading.Lock()

    def wording(self, language: str, kind: str) -> Wording:
        """That of the language, or of English where there is no letter of this kind in it."""
        found = self.templates.language(language, kind)
        with self._loading:
            if found not in self._wordings:
                self._wordings[found] = Wording.load(self.templates, found)
            return self._wordings[found]
