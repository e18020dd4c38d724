"""Checks every translation of what respondents see, and stamps strings with the English they were made from."""

import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from gettext import GNUTranslations
from pathlib import Path

import yaml
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from surveytool.definitions import Wording, digest_of, load_wordings
from surveytool.definitions.loading import questionnaire_folder, read_raw
from surveytool.definitions.problems import Problem
from surveytool.definitions.wording import english_strings
from surveytool.languages import LANGUAGES, Language
from surveytool.places import PACKAGE, TRANSLATIONS
from surveytool.text import INVISIBLE, zawgyi_probability

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def wording_problems(name: str) -> list[Problem]:
    """Return what is wrong with the wordings of a shipped questionnaire, in any language."""
    raw = read_raw(name)
    english = english_strings(raw)
    wordings = load_wordings(questionnaire_folder(name), raw)
    problems: list[Problem] = []
    for tag in raw["languages"]:
        place = f"{name}/{tag}.yaml"
        if tag not in LANGUAGES:
            problems.append(Problem("unknown-language", place, f"'{tag}' is no language of the survey", "Remove it"))
        elif tag not in wordings:
            problems.append(Problem("no-translation", place, "there is no such file", "Write it"))
        elif tag == "en":
            problems += _all_text_problems(LANGUAGES["en"], name, english, english)
        else:
            problems += _against_english(place, wordings[tag], english)
    return problems


def _against_english(place: str, wording: Wording, english: Mapping[str, str]) -> Iterator[Problem]:
    for key in sorted(wording.strings.keys() - english.keys()):
        yield Problem("unknown-key", f"{place}, {key}", "the questionnaire has no such string", "Remove or rename it")
    for key, text in english.items():
        if not wording.strings.get(key):
            yield Problem("missing", f"{place}, {key}", f"no translation of '{text}'", "Translate it")
        elif wording.made_from[key] != digest_of(text) and key not in wording.waived:
            fault = f"stale: the English has changed since, and says now '{text}'"
            yield Problem(
                "stale", f"{place}, {key}", fault, "Translate it anew and stamp it, or waive it with a reason"
            )
    for key in sorted(wording.waived):
        if not wording.waived[key]:
            yield Problem("waiver", f"{place}, {key}", "waived without a reason", "Say why")
    yield from _all_text_problems(LANGUAGES[wording.language], place, wording.strings, english)


def catalog_problems() -> list[Problem]:
    """Return what is wrong with the catalogues of the interface's words."""
    problems: list[Problem] = []
    spoken = public_messages()
    for language in LANGUAGES.values():
        if language.tag == "en":
            continue
        place = f"translations/{language.tag}/public.po"
        folder = TRANSLATIONS / language.tag / "LC_MESSAGES"
        if not (folder / "public.po").is_file():
            problems.append(Problem("no-translation", place, "there is no such file", "Write it"))
            continue
        catalog = read_catalog(folder)
        strings = {str(m.id): str(m.string) for m in catalog if m.id and m.string and not m.fuzzy}
        for message in sorted(spoken - strings.keys()):
            problems.append(Problem("missing", place, f"no translation of '{message}'", "Translate it"))
        for message in sorted({str(m.id) for m in catalog if m.id} - spoken):
            problems.append(Problem("unknown-key", place, f"nothing says '{message}' any more", "Remove it"))
        problems += _all_text_problems(language, place, strings, {message: message for message in strings})
        compiled = folder / "public.mo"
        if not compiled.is_file() or _spoken(compiled.read_bytes()) != _spoken(_compiled(catalog)):
            problems.append(Problem("not-compiled", place, "public.mo is not made from it", "Run surveytool compile"))
    return problems


def read_catalog(folder: Path) -> Catalog:
    """Read the public catalogue of one language."""
    return read_po(io.BytesIO((folder / "public.po").read_bytes()))


def _compiled(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def _spoken(compiled: bytes) -> dict[str, str]:
    """Return what a compiled catalogue says, without its header, which bears the time and the tool's version."""
    messages = GNUTranslations(io.BytesIO(compiled))._catalog  # type: ignore[attr-defined]
    return {key: text for key, text in messages.items() if key}


@cache
def catalog_review(tag: str) -> str:
    """Return the state of review of the interface's words in a language, as its catalogue says it: X-Review."""
    if tag == "en":
        return "source"
    # Compiled catalogues keep only the headers that gettext knows.
    written = (TRANSLATIONS / tag / "LC_MESSAGES" / "public.po").read_text("utf-8")
    found = re.search(r'^"X-Review: (.+?)\\n"$', written, re.M)
    return found[1] if found else "unknown"


def compile_catalogs() -> int:
    """Write each language's public.mo from its public.po, and return how many."""
    found = sorted(TRANSLATIONS.glob("*/LC_MESSAGES/public.po"))
    for file in found:
        file.with_suffix(".mo").write_bytes(_compiled(read_po(io.BytesIO(file.read_bytes()))))
    return len(found)


#: Doors and rooms whose pages partners read; their words are in the public catalogue, in every language.
PUBLIC = ("respond", "evaluate/poster", "evaluate/printing")
#: Modules of the core that say something partners read.
PUBLIC_MODULES = ("inviting.py",)


def public_messages() -> set[str]:
    """Return every message that partners are told, read from the code and the templates of the pages they read."""
    found: set[str] = set()
    for place in PUBLIC:
        for folder, pattern, method in (
            (PACKAGE / place, "**.py", "python"),
            (PACKAGE / "templates" / place, "**.html", "jinja2"),
        ):
            for _, _, message, _, _ in extract_from_dir(str(folder), [(pattern, method)]):
                found.add(message if isinstance(message, str) else message[0])
    for module in PUBLIC_MODULES:
        for _, message, _, _ in extract_from_file("python", PACKAGE / module):
            found.add(message if isinstance(message, str) else message[0])
    return found


# Text --------------------------------------------------------------------------------------------------------------


def _all_text_problems(
    language: Language, place: str, strings: Mapping[str, str], english: Mapping[str, str]
) -> Iterator[Problem]:
    for key, text in strings.items():
        for code, fault, remedy in text_faults(language, text, english.get(key, text)):
            yield Problem(code, f"{place}, {key}", fault, remedy)
    if language.tag == "my" and zawgyi_probability("\n".join(strings.values())) > 0.5:
        yield Problem("zawgyi", place, "its text as a whole looks like Zawgyi", "Convert it to Unicode")


def text_faults(language: Language, text: str, english: str) -> Iterator[tuple[str, str, str]]:
    """Yield (code, fault, remedy) for everything wrong with the form of one string in a language."""
    if text != unicodedata.normalize("NFC", text):
        yield "not-nfc", "it is not in Unicode's NFC form", "Normalise it"
    if hidden := INVISIBLE.search(text):
        yield "invisible", f"it has the invisible character U+{ord(hidden[0]):04X}", "Remove it"
    if any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text):
        yield "control", "it has a control character", "Remove it"
    if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(english)):
        yield "placeholder", f"its placeholders differ from those of '{english}'", "Let them be the same"
    if foreign := sorted({c for c in text if not _belongs(language, c)}):
        yield "wrong-script", f"'{foreign[0]}' (U+{ord(foreign[0]):04X}) is not {language.english}", "Replace it"
    if language.tag != "en" and _left_in_english(language, text, english):
        yield "english", "it is not translated", "Translate it"
    for code, pattern, fault in _SPELLING.get(language.tag, ()):
        if re.search(pattern, text):
            yield code, fault, "Mend the spelling"
    if language.tag == "my" and len(text) >= 10 and zawgyi_probability(text) > 0.95 and not _sound_burmese(text):
        yield "zawgyi", "it looks like Zawgyi", "Convert it to Unicode"


def _belongs(language: Language, c: str) -> bool:
    """Whether a character may stand in a language: its own script, Latin, and what is no letter of any."""
    if unicodedata.category(c)[0] not in "LM" and not c.isdecimal():
        return True
    latin = ord(c) < 0x250 or 0x1E00 <= ord(c) < 0x1F00
    return latin or any(first <= ord(c) <= last for first, last in language.blocks)


def _left_in_english(language: Language, text: str, english: str) -> bool:
    letters = any(unicodedata.category(c)[0] == "L" for c in PLACEHOLDER.sub("", english))
    if language.blocks:
        return letters and not any(first <= ord(c) <= last for c in text for first, last in language.blocks)
    return letters and text == english and " " in english


#: Spellings that look right and are not: (code, pattern, fault).
_SPELLING: dict[str, tuple[tuple[str, str, str], ...]] = {
    "th": (
        ("sara-am", "\u0e4d[\u0e48-\u0e4b]?\u0e32", "sara am is written as two characters"),
        ("sara-ae", "\u0e40\u0e40", "sara ae is written as two sara e"),
    ),
    "lo": (
        ("sara-am", "\u0ecd[\u0ec8-\u0ecb]?\u0eb2", "am is written as two characters"),
        ("ligature", "\u0eab[\u0e99\u0ea1\u0ea5\u0eb9](?<!\u0eb9)", "h and the next letter are one character here"),
    ),
    "km": (
        ("coeng", "\u17d2(?![\u1780-\u17a2])", "a subscript sign is not followed by a consonant"),
        ("split-vowel", "\u17c1[\u17b8\u17b6]", "a vowel is written as two characters"),
        ("deprecated", "[\u17a3\u17a4\u17b4\u17b5\u17d3]", "a deprecated character is used"),
    ),
    "my": (
        ("digit-zero", "\u1040(?=[\u1000-\u103f])|(?<=[\u1000-\u103f])\u1040", "digit zero stands for the letter wa"),
        ("zawgyi", "\u1039(?![\u1000-\u1021])", "a virama is not followed by a consonant, as in Zawgyi"),
        ("zawgyi", "(?<![\u1000-\u1021\u103b-\u103f\u1025])\u1031", "a vowel e precedes its consonant, as in Zawgyi"),
        ("zawgyi", "[\u1060-\u1097]", "it has a character of the Zawgyi encoding"),
    ),
}


def _sound_burmese(text: str) -> bool:
    """Whether the structure is that of Unicode; the detector alone is unsure of single short words."""
    return not any(re.search(pattern, text) for _, pattern, _ in _SPELLING["my"]) and len(text) < 40


# Stamping ----------------------------------------------------------------------------------------------------------


def stamp(file: Path, english: Mapping[str, str], choose: Callable[[str], bool]) -> int:
    """Write into a language file the digest of the English that each chosen string was made from.

    The file keeps its layout and comments. Returns how many strings were stamped.
    """
    source = file.read_text("utf-8")
    edits = []
    for key, node in _text_nodes(yaml.compose(source)):
        if key in english and choose(key):
            text = next(value for name, value in node.value if name.value == "text")
            written = source[text.start_mark.index : text.end_mark.index]
            entry = f"{{of: {_quoted(digest_of(english[key]))}, text: {written}}}"
            edits.append((node.start_mark.index, node.end_mark.index, entry))
    for start, end, entry in reversed(edits):
        source = source[:start] + entry + source[end:]
    file.write_text(source, "utf-8")
    return len(edits)


def _quoted(digest: str) -> str:
    """Quote every digest: some, such as 12345678 or 1e234567, YAML would read as numbers."""
    return f'"{digest}"'


def _text_nodes(node: yaml.Node | None, prefix: str = "") -> Iterator[tuple[str, yaml.MappingNode]]:
    if not isinstance(node, yaml.MappingNode):
        return
    for name, below in node.value:
        key = f"{prefix}{name.value}"
        if isinstance(below, yaml.MappingNode) and "text" in {n.value for n, _ in below.value}:
            yield key, below
        else:
            yield from _text_nodes(below, f"{key}.")


def review_words(review: Mapping[str, object]) -> str:
    """Return a language's state of review in words; only what is on record is said."""
    state = str(review.get("state") or "unknown")
    if state == "source":
        return "source text"
    if state == "machine-drafted":
        return "machine-drafted; awaits a native reader's review"
    by = f" by {review['by']}" if review.get("by") else ""
    return f"{state}{by}"
