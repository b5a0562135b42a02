"""Templates: the user's own before ours, and faulty ones named."""

from pathlib import Path
from typing import Any

import pytest

from habeas.domain.requests import Right
from habeas.errors import ConfigurationError
from habeas.letters.package import Assembler


def test_a_language_without_templates_falls_back_to_english(assemble: Any) -> None:
    """Letter and page alike, language attribute included."""
    assert '<html lang="en">' in assemble(Right.ACCESS, language="fi").page
    assert '<html lang="en">' in assemble(Right.ACCESS, language="../en").page


def test_own_templates_go_before_ours(assemble: Any, tmp_path: Path) -> None:
    """One phrase, one letter or a new language can be changed without touching the rest."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "wording.yaml").write_text('letter: {closing: "Best wishes,"}\n')
    (tmp_path / "en" / "restriction.md").write_text("# Ours\n\nReceived {{ received }}.\n\n[systems]\n\n[closing]\n")
    own = Assembler(templates=tmp_path)
    page = assemble(Right.RESTRICTION, using=own).page
    assert "Received 9 February 2026." in page
    assert "<h1>Ours</h1>" in page
    assert "Article 17" in assemble(Right.ERASURE, using=own).page


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("en/access.md", "# X\n\n{{ nonsense }}", "en/access.md: 'nonsense' is undefined"),
        ("en/access.md", "# X\n\n{% if %}", "en/access.md, line 3"),
        ("en/wording.yaml", "states: [", "en/wording.yaml is not valid YAML"),
        ("en/wording.yaml", "notes: {unsearched: '{nonsense}'}", "notes.unsearched has a wrong {value}"),
        ("page.html", "{% for %}", "page.html"),
        ("letter.typ", "Hello", "letter.typ nowhere reads sys.inputs.data"),
        ("letter.typ", "#let data = json(bytes(sys.inputs.data))\n#nonsense", "letter.typ: Typst can't set it"),
    ],
)
def test_a_faulty_template_is_named(assemble: Any, tmp_path: Path, name: str, content: str, message: str) -> None:
    """One line says which file and what is wrong."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(content)
    with pytest.raises(ConfigurationError) as raised:
        assemble(Right.ACCESS, using=Assembler(templates=tmp_path))
    assert message in str(raised.value)


def test_a_templates_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """At start, not with the first answer."""
    with pytest.raises(ConfigurationError, match="is not a folder"):
        Assembler(templates=tmp_path / "nowhere")


def test_a_folder_for_fonts_may_be_empty(assemble: Any, tmp_path: Path) -> None:
    """Letters in the built-in fonts are then as before."""
    (tmp_path / "fonts").mkdir()
    assert assemble(Right.ACCESS, using=Assembler(templates=tmp_path)).raw == assemble(Right.ACCESS).raw
