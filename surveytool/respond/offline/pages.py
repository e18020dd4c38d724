"""What the form's pages tell a device so that it can go on without a connection."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import url_for
from flask_babel import gettext

from surveytool.languages import LANGUAGES, Language

#: Where the scripts and styles of the form lie, and which of them go to a device.
STATIC = Path(__file__).parents[2] / "static"
SCRIPTS = ("form", "store", "queue", "review", "seal", "kiosk", "words", "device", "kiosk-choice")
CODE = ("respond.css", "respond.js", *(f"offline/{name}.js" for name in SCRIPTS))
#: The font that a device gets for a language, where it has none.
FONTS: Mapping[str, str] = {
    tag: f"fonts/NotoSans{script}-Regular.woff2"
    for tag, script in (("th", "Thai"), ("lo", "Lao"), ("km", "Khmer"), ("my", "Myanmar"))
}


@dataclass(frozen=True)
class Offline:
    """What the form needs to work without a connection."""

    #: The digest of the wording shown.
    wording: str
    #: The public key that forms are sealed with on the device.
    key: str
    #: Which edition of scripts and styles the page belongs to.
    edition: str
    on_idle: str
    idle_minutes: int


def told_to_scripts(page: Any) -> dict[str, Any]:
    """Return the facts about a form's page that its scripts need."""
    join, language, offline = page.join_code, page.language.tag, page.offline
    form = url_for("respond.form", join_code=join, language=language)
    return {
        "join": join,
        "title": page.wording["title"],
        "language": language,
        "wording": offline.wording,
        "key": offline.key,
        "base": url_for("respond.choose", join_code=join),
        "form": form,
        "address": f"{form}?wording={offline.wording}",
        "choice": url_for("respond.choose", join_code=join) + "?kiosk",
        "list": url_for("respond.device", language=language),
        "needs": needs(),
        "font": font(language),
        "blank": page.blank,
        **_idle(offline),
    }


def told_to_choice(page: Any) -> dict[str, Any]:
    """Return what a shared tablet's first page tells its scripts: forms and lists, and what they need."""
    choice = url_for("respond.choose", join_code=page.join_code)
    forms = {tag: url_for("respond.form", join_code=page.join_code, language=tag) for tag in map(_tag, page.languages)}
    fonts = {tag: [font(tag)] if font(tag) else [] for tag in forms}
    pages = [{"address": address, "needs": [*needs(), *fonts[tag]]} for tag, address in forms.items()]
    lists = [{"address": url_for("respond.device", language=tag), "needs": [*needs(), *fonts[tag]]} for tag in forms]
    own = {"address": f"{choice}?kiosk", "needs": needs()}
    pages = [own, *pages, *lists]
    return {"join": page.join_code, "language": page.language.tag, "pages": pages, **_idle(page.offline)}


def _tag(language: Language) -> str:
    return language.tag


def _idle(offline: Offline) -> dict[str, Any]:
    return {"onIdle": offline.on_idle, "idleMinutes": offline.idle_minutes}


def needs() -> list[str]:
    """Return the addresses of the scripts and styles of the form."""
    ours = [url_for("respond.code", edition_asked=edition(), name=name) for name in CODE]
    return [*ours, url_for("static", filename="fonts.css")]


def font(language: str) -> str:
    """Return the address of the font that a device gets for a language, or ""."""
    return url_for("static", filename=FONTS[language]) if language in FONTS else ""


@dataclass(frozen=True)
class DevicePage:
    """The list of forms on a device; the device fills it."""

    language: Language
    edition: str
    languages: tuple[Language, ...] = tuple(LANGUAGES.values())


@cache
def edition() -> str:
    """Return what tells the scripts and styles of this version of the form from those of every other."""
    together = hashlib.sha256()
    for name in CODE:
        together.update(name.encode() + b"\0" + (STATIC / name).read_bytes())
    return together.hexdigest()[:12]


def device_words() -> dict[str, str]:
    """Return what the scripts of the form say, in the language of the request; {n} and the like are filled in there."""
    return {
        "section": gettext("Section {n} of {all}"),
        "left": gettext("Questions left: {n}"),
        "none_left": gettext("All questions are answered."),
        "review": gettext("Look over my answers"),
        "review_title": gettext("Your answers"),
        "review_help": gettext("Nothing has been sent yet. Choose a question to change its answer."),
        "empty": gettext("No answer"),
        "back": gettext("Back to the questions"),
        "send": gettext("Send answers"),
        "kept_here": gettext("What you write is kept on this device, also without a connection."),
        "kept_safe": gettext("The browser has promised not to clear it by itself."),
        "kept_unsafe": gettext("The browser may clear it when storage runs short. Please send the form soon."),
        "not_kept": gettext("This browser does not let us keep what you write. Please send the form before you leave."),
        "plain_http": gettext(
            "This address is not secure (no https): the page cannot be opened without a connection, "
            "and forms cannot be saved to a file."
        ),
        "restored": gettext("Your answers from {when} are here again."),
        "new": gettext("Start an empty form"),
        "waiting_title": gettext("Your form is kept on this device. It has not been sent yet."),
        "waiting": gettext("It is sent by itself as soon as there is a connection. The receipt code comes then."),
        "waiting_open": gettext("Open this page again when you have a connection."),
        "sealed": gettext("Nobody can read it on this device any more. A receipt code cannot be shown later."),
        "again": gettext("Try again now"),
        "another": gettext("Fill in another form"),
        "list": gettext("Forms on this device"),
        "count": gettext("Forms on this device: {n}"),
        "no_language": gettext("This language is not on this device. A connection is needed to show it."),
        "no_forms": gettext("There are no forms on this device."),
        "draft": gettext("Begun, not sent"),
        "waits": gettext("Waits to be sent"),
        "stuck": gettext("The server did not accept it. It stays on this device."),
        "kept": gettext("Received"),
        "aside": gettext("Received, and kept aside for the evaluation team to look at"),
        "withdrawn": gettext("This form was withdrawn."),
        "receipt": gettext("Your receipt code"),
        "last": gettext("Last try: {when}"),
        "changed": gettext("Last changed: {when}"),
        "send_now": gettext("Send now"),
        "go_on": gettext("Go on filling it in"),
        "save": gettext("Save to a file"),
        "save_help": gettext("Only the evaluation team can open the file. Give it to the person who invited you."),
        "delete": gettext("Delete"),
        "delete_sure": gettext("Delete this form? It has not been sent, and it cannot be brought back."),
        "yes_delete": gettext("Yes, delete it"),
        "no": gettext("No, keep it"),
        "remove": gettext("I have written it down; remove it from this device"),
        "idle": gettext("Are you still there?"),
        "idle_clear": gettext("In one minute this form is cleared, so that nobody else reads it."),
        "idle_seal": gettext("In one minute this form is locked, so that nobody else reads it."),
        "here": gettext("Yes, go on"),
        "done": gettext("Done: clear this device for the next person"),
        "sealed_form": gettext("Locked form"),
    }
