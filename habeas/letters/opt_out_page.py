"""The page behind a link for opting out: one question, one button, no script, nothing loaded from elsewhere."""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, get_args

from jinja2 import Environment, StrictUndefined, TemplateError
from markupsafe import Markup

from habeas.domain.entries import Language
from habeas.domain.opting_out import OptOut
from habeas.domain.register import Register
from habeas.errors import ConfigurationError
from habeas.letters.templates import FALLBACK_LANGUAGE, Templates
from habeas.letters.visible import visible
from habeas.letters.wording import Wording

LANGUAGES: tuple[str, ...] = get_args(Language)
_PREFERENCE = re.compile(r"\s*([A-Za-z]{2,3})(?:-[\w-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")
_PREFERENCES_CHARACTERS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, its language, and the policy that lets it do what it does and no more."""

    content: bytes
    language: str
    policy: str


class OptOutPage:
    """The template and the words of all languages, read once. Everything filled in is escaped."""

    def __init__(self, templates: Templates, register: Register) -> None:
        """Raises ConfigurationError for a template or a wording that can't be used."""
        jinja = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        jinja.filters["visible"] = visible
        style = templates.read("opt-out.css")
        if "</" in style:
            raise ConfigurationError("templates: opt-out.css: </ can't stand in it")
        try:
            self._template = jinja.from_string(templates.read("opt-out.html"))
        except TemplateError as error:
            raise ConfigurationError(f"templates: opt-out.html: {error.message}") from None
        self._style = Markup(style)  # noqa: S704 - a template, and no data
        digest = b64encode(sha256(style.encode()).digest()).decode()
        self._policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        )
        self._register = register
        self._words = {each: Wording.load(templates, each) for each in LANGUAGES}

    def question(self, told: OptOut, accepts: str) -> Shown:
        """What a click ends, and the button; `accepts` is the browser's Accept-Language."""
        words = self._words[language_of(told.language, accepts)]
        about = "consent" if told.purposes else "marketing"
        return self._shown(words, f"{about}.title", f"{about}.what", told, button=words.say(f"opt_out.{about}.button"))

    def done(self, told: OptOut, accepts: str) -> Shown:
        """That it has been taken note of."""
        words = self._words[language_of(told.language, accepts)]
        about = "consent" if told.purposes else "marketing"
        return self._shown(words, f"{about}.done_title", f"{about}.done", told)

    def sorry(self, why: Literal["invalid", "later"], accepts: str) -> Shown:
        """That the link is none of ours, or that it can't be done now; and where to turn."""
        words = self._words[language_of(None, accepts)]
        return self._shown(words, f"{why}.title", f"{why}.what", None)

    def _shown(self, words: Wording, title: str, what: str, told: OptOut | None, *, button: str | None = None) -> Shown:
        purposes: Sequence[str] = [words.own(each.text) for each in told.named(self._register.purposes)] if told else []
        try:
            text = self._template.render(
                language=words.language,
                title=words.say(f"opt_out.{title}"),
                what=words.say(f"opt_out.{what}"),
                purposes=purposes,
                button=button,
                contact=words.say("opt_out.contact"),
                controller=self._register.controller,
                style=self._style,
            )
        except TemplateError as error:
            raise ConfigurationError(f"templates: opt-out.html: {error.message}") from None
        return Shown(text.encode(), words.language, self._policy)


def language_of(stated: str | None, accepts: str) -> str:
    """The stated one, else the first that a browser wants (RFC 9110, 12.5.4) and we speak, else English."""
    if stated in LANGUAGES:
        return str(stated)
    wanted = [_PREFERENCE.fullmatch(each) for each in accepts[:_PREFERENCES_CHARACTERS_MAX].split(",")]
    ranked = sorted((each for each in wanted if each), key=lambda each: -float(each[2] or 1))
    spoken = (each[1].lower() for each in ranked if float(each[2] or 1) > 0)
    return next((each for each in spoken if each in LANGUAGES), FALLBACK_LANGUAGE)
