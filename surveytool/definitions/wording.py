"""The words of a questionnaire in one language, and what they were translated from.

A string is known by its key, such as `items.trained.label`. The English stands in `questionnaire.yaml`; the other
languages in a file each, every string with the digest of the English it was made from, so that an edited English
label marks exactly its translations stale.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surveytool.definitions.problems import DefinitionError, Problem
from surveytool.definitions.yaml_file import read_yaml

#: The words of an item, and of the whole, that respondents read.
ITEM_WORDS = ("label", "hint", "constraint_message")
WHOLE_WORDS = ("title", "subtitle", "introduction", "closing")


def digest_of(text: str) -> str:
    """Return the short digest by which a translation names the English it was made from."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Wording:
    """All strings of one language; `review` says who has read them."""

    language: str
    strings: Mapping[str, str]
    #: Digests of the English each string was made from (empty for English itself).
    made_from: Mapping[str, str] = field(default_factory=dict)
    review: Mapping[str, Any] = field(default_factory=dict)
    #: Names of strings whose staleness is accepted, each with the reason.
    waived: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The revision: a digest over the wording alone, whatever its state of review."""
        return hashlib.sha256(json.dumps(dict(self.strings), sort_keys=True).encode()).hexdigest()[:16]

    def __getitem__(self, key: str) -> str:
        return self.strings[key]

    def label(self, name: str) -> str:
        """Return the question put by an item."""
        return self.strings[f"items.{name}.label"]

    def hint(self, name: str) -> str:
        """Return the help under a question, or ""."""
        return self.strings.get(f"items.{name}.hint", "")

    def constraint_message(self, name: str) -> str:
        """Return what to say when a value is outside its bounds, or ""."""
        return self.strings.get(f"items.{name}.constraint_message", "")

    def choice(self, choice_list: str, code: str) -> str:
        """Return the label of a choice."""
        return self.strings[f"choices.{choice_list}.{code}"]


def english_strings(raw: Mapping[str, Any]) -> dict[str, str]:
    """Return the strings of a definition file by key, in the order of the form."""
    strings = {key: raw[key] for key in WHOLE_WORDS if key in raw}
    for section in raw.get("sections", ()):
        strings[f"sections.{section['name']}"] = section["label"]
        for item in section.get("items", ()):
            strings |= {f"items.{item['name']}.{word}": item[word] for word in ITEM_WORDS if word in item}
    for name, choices in raw.get("choice_lists", {}).items():
        strings |= {f"choices.{name}.{choice['name']}": choice["label"] for choice in choices}
    return strings


def without_words(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a definition without the words for respondents: what its version fixes."""
    structure = {key: value for key, value in raw.items() if key not in WHOLE_WORDS}
    structure["sections"] = [
        {key: value for key, value in section.items() if key not in ("label", "items")}
        | {"items": [{k: v for k, v in item.items() if k not in ITEM_WORDS} for item in section["items"]]}
        for section in raw["sections"]
    ]
    structure["choice_lists"] = {
        name: [{key: value for key, value in choice.items() if key != "label"} for choice in choices]
        for name, choices in raw.get("choice_lists", {}).items()
    }
    return structure


def load_wordings(folder: Path, raw: Mapping[str, Any]) -> dict[str, Wording]:
    """Return the wording of every language that has a file, English first."""
    wordings = {"en": Wording("en", english_strings(raw), review={"state": "source"})}
    for language in raw.get("languages", ()):
        file = folder / f"{language}.yaml"
        if language != "en" and file.is_file():
            wordings[language] = read_wording(file)
    return wordings


def read_wording(file: Path) -> Wording:
    """Read one language file, named by its tag. Raises DefinitionError when it is no such file."""
    raw = read_yaml(file)
    if not isinstance(raw, Mapping) or raw.get("language") != file.stem:
        remedy = f"Begin it with `language: {file.stem}`"
        raise DefinitionError([Problem("language", f"{file.parent.name}/{file.name}", "it is no translation", remedy)])
    entries = dict(_entries(raw))
    return Wording(
        language=file.stem,
        # What is not text counts as missing.
        strings={key: entry["text"] if isinstance(entry["text"], str) else "" for key, entry in entries.items()},
        made_from={key: str(entry.get("of") or "") for key, entry in entries.items()},
        review=_mapping(raw.get("review")),
        waived={str(key): str(why or "") for key, why in _mapping(raw.get("waived")).items()},
        notes=tuple(str(note) for note in raw.get("notes") or ()),
    )


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _entries(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every {text: ..., of: ...} below a node with its key."""
    for name, below in node.items():
        if prefix == "" and name in ("language", "review", "waived", "notes"):
            continue
        if isinstance(below, Mapping) and "text" in below:
            yield prefix + str(name), below
        elif isinstance(below, Mapping):
            yield from _entries(below, f"{prefix}{name}.")
