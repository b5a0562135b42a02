"""Where letters, page and wording come from: the user's folder first, then what ships with Habeas.

letter.typ              how every letter looks
page.html               how the start page of a package looks
page.js                 what searches and folds the tables on it
<language>/wording.yaml dates, numbers, and the short phrases that letters and pages share
<language>/<kind>.md    what a letter of that kind says: an answer, by the right, or a notice, by its kind
<language>/parts/       what several letters say, included by them
fonts/                  (user's folder only) fonts for scripts that the built-in ones lack
"""

from pathlib import Path

from habeas.errors import ConfigurationError

FALLBACK_LANGUAGE = "en"
_OWN = Path(__file__).parent / "templates"


class Templates:
    """The files, the user's own in place of ours where there are any."""

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None and not folder.is_dir():
            raise ConfigurationError(f"templates: {folder} is not a folder")
        self.folders = (folder, _OWN) if folder else (_OWN,)

    def language(self, wanted: str, kind: str) -> str:
        """The language in which a letter of that kind can be written: the wanted one, else English."""
        known = wanted.isalpha() and all(self._find(f"{wanted}/{name}") for name in ("wording.yaml", f"{kind}.md"))
        return wanted if known else FALLBACK_LANGUAGE

    def read(self, name: str) -> str:
        """One file. Raises ConfigurationError if there is none."""
        found = self._find(name)
        if found is None:
            raise ConfigurationError(f"templates: {name} is missing")
        return found.read_text("utf-8")

    def read_all(self, name: str) -> tuple[str, ...]:
        """Every file of that name, ours first, so that the user's can go over it."""
        return tuple(
            (folder / name).read_text("utf-8") for folder in reversed(self.folders) if (folder / name).is_file()
        )

    @property
    def font_folders(self) -> tuple[Path, ...]:
        """Folders with fonts besides those that ship with Typst."""
        return tuple(folder / "fonts" for folder in self.folders if (folder / "fonts").is_dir())

    def _find(self, name: str) -> Path | None:
        return next((folder / name for folder in self.folders if (folder / name).is_file()), None)
