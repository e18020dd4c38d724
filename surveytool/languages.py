"""The six languages: their tags, their own names, their scripts, and which one a browser asks for."""

from dataclasses import dataclass

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the survey; `name` is its name in itself, `english` its name for staff."""

    tag: str
    name: str
    english: str
    #: The Unicode blocks of its script, as (first, last) code points; Latin is allowed in all.
    blocks: tuple[tuple[int, int], ...] = ()


LANGUAGES = {
    language.tag: language
    for language in (
        Language("en", "English", "English"),
        Language("th", "ไทย", "Thai", ((0x0E00, 0x0E7F),)),
        Language("vi", "Tiếng Việt", "Vietnamese"),
        Language("lo", "ລາວ", "Lao", ((0x0E80, 0x0EFF),)),
        Language("km", "ខ្មែរ", "Khmer", ((0x1780, 0x17FF),)),
        Language("my", "မြန်မာ", "Burmese", ((0x1000, 0x109F),)),
    )
}

#: Other tags that browsers send for the same languages; zg is Burmese in the Zawgyi encoding.
ALIASES = {"bur": "my", "mya": "my", "zg": "my", "khm": "km", "lao": "lo", "tha": "th", "vie": "vi", "eng": "en"}


def pick_language(header: str | None, offered: tuple[str, ...], default: str = "en") -> str:
    """Return the first language offered, in the order the browser's `Accept-Language` asks.

    Werkzeug's `best_match` is not used: it lets `km-KH,en;q=0.9` fall to English.
    """
    for tag, quality in parse_accept_header(header or "", LanguageAccept):
        base = tag.replace("_", "-").split("-")[0].lower()
        base = ALIASES.get(base, base)
        if quality > 0 and base in offered:
            return base
    return default if default in offered or not offered else offered[0]
