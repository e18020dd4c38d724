"""Translations are gated: `surveytool check` finds every kind of fault, and our fonts can draw every string."""

import gettext
import io
import re
import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import uharfbuzz
import yaml
from babel.messages.pofile import read_po
from click.testing import CliRunner, Result
from fontTools.ttLib import TTFont

from surveytool import places
from surveytool.cli import main
from surveytool.definitions import load_wordings, questionnaire_names
from surveytool.definitions.loading import read_raw
from surveytool.languages import LANGUAGES

TRANSLATED = ("th", "vi", "lo", "km", "my")
SCRIPTS = {"th": "Thai", "lo": "Lao", "km": "Khmer", "my": "Myanmar"}


class Tree:
    """A copy of all that is translated, to be spoiled and checked."""

    def __init__(self, folder: Path) -> None:
        self.questionnaires = folder / "questionnaires"
        self.translations = folder / "translations"

    def file(self, name: str) -> Path:
        """`th.yaml` and `questionnaire.yaml` of the partner survey, or `th.po`, the catalogue."""
        if name.endswith(".po"):
            return self.translations / name.removesuffix(".po") / "LC_MESSAGES" / "public.po"
        return self.questionnaires / "partner_survey" / name

    def write(self, name: str, change: Callable[[str], str]) -> None:
        """Change a file, and compile it where it is a catalogue."""
        before = self.file(name).read_text("utf-8")
        after = change(before)
        assert after != before, "nothing was changed"
        self.file(name).write_text(after, "utf-8")
        if name.endswith(".po"):
            self.run("compile")

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments))

    def problems(self) -> list[str]:
        """What `surveytool check` says is wrong."""
        result = self.run("check")
        assert isinstance(result.exception, SystemExit | None), result.exception
        lines = [line for line in result.stderr.splitlines() if not line.startswith("Error:")]
        assert (result.exit_code == 0) == (not lines)
        return lines


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    tree = Tree(tmp_path)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(places.QUESTIONNAIRES, tree.questionnaires, ignore=ignored)
    shutil.copytree(places.TRANSLATIONS, tree.translations, ignore=ignored)
    for name, module in list(sys.modules.items()):
        if name.startswith("surveytool"):
            for constant, folder in (("QUESTIONNAIRES", tree.questionnaires), ("TRANSLATIONS", tree.translations)):
                if hasattr(module, constant):
                    monkeypatch.setattr(module, constant, folder)
    return tree


def instead(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


def said(key: str, text: str) -> Callable[[str], str]:
    """Give one string of a language file another text; the key is `item.label` or `choice list.code`."""
    name, word = key.split(".")

    def change(source: str) -> str:
        block = re.search(rf"^  {name}:.*?(?=^  \w|^\w|\Z)", source, re.M | re.S)
        assert block, key
        mended = re.sub(rf'("?{word}"?: {{of: "\w+", text: )"[^"\n]*"', lambda m: f'{m[1]}"{text}"', block[0], count=1)
        return source.replace(block[0], mended, 1)

    return change


def translated(message: str, text: str | None) -> Callable[[str], str]:
    """Give one message of a catalogue another translation, or take the message away."""

    def change(source: str) -> str:
        blocks = source.split("\n\n")
        (n,) = (n for n, block in enumerate(blocks) if f'msgid "{message}"' in block)
        if text is None:
            del blocks[n]
        else:
            blocks[n] = re.sub(r'msgstr "(.*)"', lambda m: f'msgstr "{text}"', blocks[n])
        return "\n\n".join(blocks)

    return change


# What is shipped ----------------------------------------------------------------------------------------------------


def test_what_is_shipped_is_whole() -> None:
    result = CliRunner().invoke(main, ["check"])

    assert result.stderr == ""
    assert result.exit_code == 0
    assert "Every questionnaire and translation is whole." in result.stdout


def test_a_copy_of_what_is_shipped_is_whole(tree: Tree) -> None:
    assert tree.problems() == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_who_has_read_a_translation_is_data(language: str) -> None:
    for name in questionnaire_names():
        review = load_wordings(places.QUESTIONNAIRES / name, read_raw(name))[language].review
        state = str(review["state"])
        assert state in ("machine-drafted", "pretested") or state.startswith("reviewed by ")


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_catalogue_has_the_one_plural_form_of_its_language(language: str) -> None:
    folder = places.TRANSLATIONS / language / "LC_MESSAGES"
    catalogue = read_po(io.BytesIO((folder / "public.po").read_bytes()))
    with (folder / "public.mo").open("rb") as compiled:
        spoken = gettext.GNUTranslations(compiled)

    assert catalogue.num_plurals == 1
    assert "nplurals=1" in spoken.info()["plural-forms"]


# Stale translations -------------------------------------------------------------------------------------------------


def waived(reason: str) -> Callable[[str], str]:
    return instead("\ntitle:", f'\nwaived: {{items.trained.label: "{reason}"}}\ntitle:')


NEW_ENGLISH = instead("Have you received skills training over", "Did you receive any skills training over")


def test_editing_one_english_label_makes_exactly_its_five_translations_stale(tree: Tree) -> None:
    tree.write("questionnaire.yaml", NEW_ENGLISH)

    problems = tree.problems()

    assert len(problems) == 5
    for language, problem in zip(TRANSLATED, problems, strict=True):
        assert problem.startswith(f"partner_survey/{language}.yaml, items.trained.label: stale")


def test_editing_one_english_choice_makes_exactly_its_five_translations_stale(tree: Tree) -> None:
    tree.write("questionnaire.yaml", instead('{name: "4+", label: "4 years or more"}', '{name: "4+", label: "Later"}'))

    assert [p.split(":")[0] for p in tree.problems()] == [
        f"partner_survey/{language}.yaml, choices.how_soon.4+" for language in TRANSLATED
    ]


def test_a_waiver_with_a_reason_lifts_one(tree: Tree) -> None:
    tree.write("questionnaire.yaml", NEW_ENGLISH)
    tree.write("lo.yaml", waived("Only the English tense changed."))

    problems = tree.problems()

    assert len(problems) == 4
    assert not any("lo.yaml" in problem for problem in problems)


def test_a_waiver_without_a_reason_does_not(tree: Tree) -> None:
    tree.write("questionnaire.yaml", NEW_ENGLISH)
    tree.write("lo.yaml", waived(""))

    (problem,) = (problem for problem in tree.problems() if "lo.yaml" in problem)
    assert "without a reason" in problem


def test_a_waiver_does_not_excuse_other_faults(tree: Tree) -> None:
    tree.write("lo.yaml", said("trained.label", ""))
    tree.write("lo.yaml", waived("It is the same in Thai."))

    assert any("lo.yaml, items.trained.label: no translation" in problem for problem in tree.problems())


def test_a_new_translation_is_stamped_and_no_longer_stale(tree: Tree) -> None:
    tree.write("questionnaire.yaml", NEW_ENGLISH)
    tree.write("vi.yaml", said("trained.label", "Trong 3 năm qua, Ông/Bà có được tập huấn kỹ năng không?"))
    before = tree.file("vi.yaml").read_text("utf-8")

    result = tree.run("stamp", "partner_survey", "vi", "items.trained.label")

    assert result.exit_code == 0, result.output
    assert [problem.split(",")[0] for problem in tree.problems()] == [
        f"partner_survey/{language}.yaml" for language in ("th", "lo", "km", "my")
    ]
    after = tree.file("vi.yaml").read_text("utf-8")
    assert [new for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new] == [
        line for line in after.splitlines() if "Ông/Bà có được tập huấn kỹ năng không?" in line
    ]


# Other faults -------------------------------------------------------------------------------------------------------

UNTRANSLATED = "Have you received skills training over the past three years?"
ZAWGYI = "ျမန္မာႏုိင္ငံမွ လူကုန္ကူးခံရသူမ်ားအတြက္ ေမးခြန္းမ်ား ျဖစ္ပါသည္"

#: File, what is done to it, where the fault is said to be, and what it is said to be.
FAULTS = {
    "a string left out": ("th.yaml", instead("    hint:", "    hint_:"), "th.yaml, items.", "no translation"),
    "an empty string": ("km.yaml", said("trained.label", ""), "km.yaml, items.trained.label", "no translation"),
    "a string left in English": (
        "km.yaml",
        said("trained.label", UNTRANSLATED),
        "items.trained.label",
        "not translated",
    ),
    "Vietnamese left in English": (
        "vi.yaml",
        said("trained.label", UNTRANSLATED),
        "items.trained.label",
        "not translated",
    ),
    "a string of no item": (
        "my.yaml",
        instead("  trained:\n", "  drilled:\n"),
        "items.drilled.label",
        "no such string",
    ),
    "text that is not NFC": ("vi.yaml", said("date.label", "Nga\u0300y"), "vi.yaml, items.date.label", "NFC"),
    "a zero-width space": ("km.yaml", said("date.label", "កាល\u200bបរិច្ឆេទ"), "km.yaml, items.date.label", "U+200B"),
    "a direction mark": ("th.yaml", said("date.label", "วันที่\u200e"), "th.yaml, items.date.label", "U+200E"),
    "a control character": ("th.yaml", said("date.label", r"วัน\x07ที่"), "th.yaml, items.date.label", "control"),
    "a Thai letter in Lao": ("lo.yaml", said("date.label", "ວັນทີ"), "lo.yaml, items.date.label", "U+0E17"),
    "a Lao letter in Thai": ("th.yaml", said("date.label", "วันທี่"), "th.yaml, items.date.label", "U+0E97"),
    "a Thai digit in Khmer": ("km.yaml", said("date.label", "កាលបរិច្ឆេទ ๓"), "km.yaml, items.date.label", "U+0E53"),
    "a Cyrillic letter in Vietnamese": ("vi.yaml", said("date.label", "Ngàу"), "vi.yaml, items.date.label", "U+0443"),
    "a Cyrillic letter in English": (
        "questionnaire.yaml",
        instead('label: "Organisation"', 'label: "Orgаnisation"'),
        "",
        "U+0430",
    ),
    "a placeholder nobody fills": ("th.yaml", said("date.label", "วันที่ %(day)s"), "items.date.label", "placeholder"),
    "Zawgyi": ("my.yaml", said("trained.label", ZAWGYI), "my.yaml, items.trained.label", "Zawgyi"),
    "Thai sara am in two": ("th.yaml", said("name.label", "น\u0e4d\u0e32"), "th.yaml, items.name.label", "sara am"),
    "Thai sara ae in two": ("th.yaml", said("name.label", "\u0e40\u0e40รง"), "th.yaml, items.name.label", "sara ae"),
    "Lao am in two": ("lo.yaml", said("name.label", "ສ\u0ecd\u0eb2"), "lo.yaml, items.name.label", "am is written"),
    "Lao h and m in two": ("lo.yaml", said("name.label", "\u0eab\u0ea1ູ່"), "items.name.label", "one character"),
    "Khmer vowel in two": (
        "km.yaml",
        said("name.label", "ល\u17c1\u17b8"),
        "km.yaml, items.name.label",
        "two characters",
    ),
    "a Khmer subscript of nothing": ("km.yaml", said("name.label", "ឈ្មោះ\u17d2"), "items.name.label", "subscript"),
    "a deprecated Khmer letter": ("km.yaml", said("name.label", "\u17a3ឈ្មោះ"), "items.name.label", "deprecated"),
    "Burmese digit for a letter": ("my.yaml", said("name.label", "\u1040န်ကြီး"), "items.name.label", "digit zero"),
    "a language we do not have": (
        "questionnaire.yaml",
        instead("km, my]", "km, my, fr]"),
        "fr.yaml",
        "no language",
    ),
    "a message left out": (
        "th.po",
        translated("Send answers", None),
        "th/public.po",
        "no translation of 'Send answers'",
    ),
    "an empty message": ("lo.po", translated("Send answers", ""), "lo/public.po", "no translation of 'Send"),
    "a message in doubt": (
        "lo.po",
        instead('msgid "Send answers"', '#, fuzzy\nmsgid "Send answers"'),
        "lo/",
        "no translation",
    ),
    "a message nobody says": ("km.po", instead('msgid "Send answers"', 'msgid "Post answers"'), "km/", "nothing says"),
    "a differing placeholder": (
        "vi.po",
        translated(r"Section %(letter)s", "Phần %(chu)s"),
        "vi/public.po",
        "placeholders",
    ),
    "a placeholder too few": ("vi.po", translated(r"Section %(letter)s", "Phần"), "vi/public", "placeholders"),
    "a message not in NFC": ("vi.po", translated("Day", "Nga\u0300y"), "vi/public.po, Day", "NFC"),
    "a message in another script": ("lo.po", translated("Day", "วัน"), "lo/public.po, Day", "Lao"),
    "a message in Zawgyi": ("my.po", translated("Send answers", ZAWGYI), "my/public.po, Send answers", "Zawgyi"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_spoilt_translation_is_found(tree: Tree, fault: str) -> None:
    file, change, place, words = FAULTS[fault]
    tree.write(file, change)

    problems = tree.problems()

    assert any(place in problem.split(": ")[0] and words in problem for problem in problems), problems


def test_a_missing_language_file_is_found(tree: Tree) -> None:
    tree.file("lo.yaml").unlink()
    tree.file("km.po").unlink()

    assert ["lo.yaml" in tree.problems()[0], "km/public.po" in tree.problems()[1]] == [True, True]


def test_a_catalogue_that_was_not_compiled_is_found(tree: Tree) -> None:
    po = tree.file("th.po")
    po.write_text(translated("Send answers", "ส่งแบบสอบถาม")(po.read_text("utf-8")), "utf-8")
    tree.file("lo.po").with_suffix(".mo").unlink()

    problems = tree.problems()
    assert [problem.split(":")[0] for problem in problems] == ["translations/th/public.po", "translations/lo/public.po"]
    assert all("compile" in problem for problem in problems)

    assert tree.run("compile").exit_code == 0
    assert tree.problems() == []


def test_the_faults_of_all_files_are_told_at_once(tree: Tree) -> None:
    for fault in ("an empty string", "text that is not NFC", "Zawgyi", "a differing placeholder"):
        file, change, _, _ = FAULTS[fault]
        tree.write(file, change)

    problems = "\n".join(tree.problems())
    for fault in ("an empty string", "text that is not NFC", "Zawgyi", "a differing placeholder"):
        assert FAULTS[fault][3] in problems


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("th.yaml", "title: [open"),
        ("th.yaml", "- a list"),
        ("th.yaml", ""),
        ("th.yaml", "language: xx\n"),
        ("th.yaml", "title: {of: abcd, text: ชื่อ}\n"),
        ("th.yaml", "language: th\ntitle: {of: abcd, text: 5}\n"),
        ("th.yaml", "language: th\nwaived: always\n"),
        ("questionnaire.yaml", "name: [open"),
        ("questionnaire.yaml", ""),
        ("th.po", 'msgid "Day\nmsgstr "x"\n'),
    ],
)
def test_a_damaged_file_is_told_in_clear_lines(tree: Tree, file: str, content: str) -> None:
    tree.file(file).write_text(content, "utf-8")

    result = tree.run("check")

    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == 1
    assert "partner_survey" in result.stderr or "th/public.po" in result.stderr


# Drawing ------------------------------------------------------------------------------------------------------------


@cache
def font(language: str) -> uharfbuzz.Font:
    """The font we ship for a language, unpacked."""
    packed = TTFont(places.PACKAGE / "static" / "fonts" / f"NotoSans{SCRIPTS[language]}-Regular.woff2")
    packed.flavor = None
    whole = io.BytesIO()
    packed.save(whole)
    return uharfbuzz.Font(uharfbuzz.Face(whole.getvalue()))


def badly_drawn(language: str, text: str) -> list[str]:
    """The runs of a text in the language's script that need a glyph the font has not, or get a dotted circle."""
    blocks = "".join(f"{chr(first)}-{chr(last)}" for first, last in LANGUAGES[language].blocks)
    bad = []
    circle = font(language).get_nominal_glyph(0x25CC)
    for run in re.findall(f"[{blocks}]+", text):
        buffer = uharfbuzz.Buffer()
        buffer.flags = uharfbuzz.BufferFlags.BOT | uharfbuzz.BufferFlags.EOT
        buffer.add_str(run)
        buffer.guess_segment_properties()
        buffer.language = language
        uharfbuzz.shape(font(language), buffer)
        if {glyph.codepoint for glyph in buffer.glyph_infos} & {0, circle}:
            bad.append(run)
    return bad


def strings(language: str) -> list[str]:
    """All that respondents read in a language."""
    catalogue = read_po(io.BytesIO((places.TRANSLATIONS / language / "LC_MESSAGES" / "public.po").read_bytes()))
    found = [str(message.string) for message in catalogue if message.id]
    for name in questionnaire_names():
        found += load_wordings(places.QUESTIONNAIRES / name, read_raw(name))[language].strings.values()
    return [*found, LANGUAGES[language].name]


@pytest.mark.parametrize("language", SCRIPTS)
def test_every_string_is_drawn_whole_in_our_own_font(language: str) -> None:
    found = strings(language)

    assert len(found) > 100
    assert {text: bad for text in found if (bad := badly_drawn(language, text))} == {}


@pytest.mark.parametrize(
    ("language", "tall"),
    [
        ("th", "ที่ปั้น กู้ฎู ฐู ปุ๊ น้ำ"),
        ("lo", "ປື້ມ ຜູ້ ຫຼື້ ຊ່ວຍເຫຼືອ ນ້ຳ"),
        ("km", "ស្ត្រី ង៉្គ្រឿ ហ្វ្រ៊ី ញ្ញុំ"),
        ("my", "ကြွှ န္တြ အင်္ဂလိပ် ကျွန်ုပ် ဖြည့်"),
        ("th", "๐๑๒๓๔๕๖๗๘๙ ฿ ๆ ฯ"),
        ("lo", "໐໑໒໓໔໕໖໗໘໙ ໆ ຯ"),
        ("km", "០១២៣៤៥៦៧៨៩ ៛ ៗ ។"),
        ("my", "၀၁၂၃၄၅၆၇၈၉ ၊ ။"),
    ],
)
def test_what_respondents_may_type_is_drawn_whole_in_our_own_font(language: str, tall: str) -> None:
    assert badly_drawn(language, tall) == []


@pytest.mark.parametrize(
    ("language", "wrong"),
    [("th", "\u0e48ก"), ("lo", "\u0ec8ກ"), ("km", "ក\u17be\u17be"), ("my", "\u1031က"), ("my", "\u1070")],
)
def test_marks_in_a_wrong_order_would_be_noticed(language: str, wrong: str) -> None:
    assert badly_drawn(language, wrong)


def test_the_licence_lies_beside_the_fonts() -> None:
    folder = places.PACKAGE / "static" / "fonts"

    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text("utf-8").upper()
    assert {file.name for file in folder.glob("*.woff2")} == {
        f"NotoSans{name}-Regular.woff2" for name in SCRIPTS.values()
    }


def test_every_wording_file_is_a_language_of_its_questionnaire() -> None:
    for name in questionnaire_names():
        files = {file.stem for file in (places.QUESTIONNAIRES / name).glob("??.yaml")}
        assert files == set(read_raw(name)["languages"]) - {"en"}
        for file in files:
            content = yaml.safe_load((places.QUESTIONNAIRES / name / f"{file}.yaml").read_text("utf-8"))
            assert content["language"] == file
