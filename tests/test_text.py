"""Text in five scripts: cleaning, folding, digits, numbers, years, dates, languages, Zawgyi."""

import datetime
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from surveytool.languages import LANGUAGES, pick_language
from surveytool.text import (
    UnreadDate,
    ascii_digits,
    clean,
    fold,
    read_date,
    read_number,
    read_year,
    zawgyi_probability,
)

TODAY = datetime.date(2026, 11, 22)

DIGITS = {
    "Thai": "๐๑๒๓๔๕๖๗๘๙",
    "Lao": "໐໑໒໓໔໕໖໗໘໙",
    "Khmer": "០១២៣៤៥៦៧៨៩",
    "Burmese": "၀၁၂၃၄၅၆၇၈၉",
    "Shan": "႐႑႒႓႔႕႖႗႘႙",
    "fullwidth": "０１２３４５６７８９",
    "ASCII": "0123456789",
}

#: What respondents' keyboards can produce: the five scripts, Latin with marks, digits, and everything invisible.
TYPED = st.text(
    st.one_of(
        st.characters(min_codepoint=0x0E00, max_codepoint=0x0EFF),
        st.characters(min_codepoint=0x1000, max_codepoint=0x109F),
        st.characters(min_codepoint=0x1780, max_codepoint=0x17FF),
        st.sampled_from("\u0e4d\u0e48\u0e32\u0e33\u0e40\u0ecd\u0ec8\u0eb2\u0eb3\u0ec0\u0eab\u0ebc\u0ea5"),
        st.sampled_from("\u1040\u101d\u1025\u103a\u1009\u102f\u102d\u1041\u17c1\u17b8\u17b6\u17d2\u178a\u17b2"),
        st.sampled_from("\u200b\u200d\u2060\ufeff\u00ad\u200e\u202e\u00a0\u2011\u2212 \n\t\r-,.%eE\u0302\u0323đĐİß"),
        st.characters(max_codepoint=0x2FF),
        st.characters(),
    ),
    max_size=12,
)

#: Some examples always, the same ones each time; thousands of new ones on demand.
sizes = pytest.mark.parametrize("size", [300, pytest.param(10_000, marks=pytest.mark.full)])


def examples(size: int) -> settings:
    return settings(max_examples=size, derandomize=size < 1000, deadline=None, database=None)


# Cleaning -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "used"),
    [
        ("\u200b", ""),
        (" \u00a0\u200b\u17b4\u2060\ufeff\u00ad\u200e\n", ""),
        ("\u200bHanoi \u200d", "Hanoi"),
        ("a\u200bb", "a\u200bb"),
        ("a\u202eb\u200fc\u2066d", "abcd"),
        ("one\r\ntwo\rthree\nfour\tfive", "one\ntwo\nthree\nfour\tfive"),
        ("a\x00b\x07c\x1b[31m\x9fd", "abc[31md"),
        ("Vie\u0323\u0302t Nam", "Việt Nam"),
        ("\ud800broken", "?broken"),
    ],
)
def test_text_is_used_without_what_nobody_can_see(typed: str, used: str) -> None:
    assert clean(typed) == used


@pytest.mark.parametrize("spelling", ["Vi\u1ec7t", "Vie\u0323\u0302t", "Vie\u0302\u0323t", "Vi\u00ea\u0323t"])
def test_every_spelling_of_a_vietnamese_word_is_used_in_its_composed_form(spelling: str) -> None:
    assert clean(spelling) == "Vi\u1ec7t"


@sizes
def test_cleaned_text_is_nfc_has_no_controls_and_cleaning_it_again_changes_nothing(size: int) -> None:
    @examples(size)
    @given(TYPED)
    def property_(typed: str) -> None:
        used = clean(typed)
        assert used == unicodedata.normalize("NFC", used)
        assert not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in used)
        assert clean(used) == used
        used.encode("utf-8")

    property_()


# Folding ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spellings",
    [
        ("UN-IAP", "UN\u200b-\u200bIAP", "UN\u2011IAP", "un\u2010iap", "UN\u2212IAP", "ＵＮ-ＩＡＰ", " UN-IAP\u00a0"),
        ("น\u0e49\u0e33", "น\u0e4d\u0e49\u0e32", "น\u0e49\u0e4d\u0e32"),
        ("\u0eaa\u0eb3", "\u0eaa\u0ecd\u0eb2"),
        ("\u0e8a\u0ec9\u0eb3", "\u0e8a\u0ecd\u0ec9\u0eb2", "\u0e8a\u0ec9\u0ecd\u0eb2"),
        ("ຫຼາຍ", "ຫລາຍ"),
        ("ໝູ່", "\u0eab\u0ea1\u0eb9\u0ec8"),
        ("ໜັງສື", "\u0eab\u0e99ັງສື"),
        ("แรงงาน", "\u0e40\u0e40รงงาน"),
        ("ແຮງງານ", "\u0ec0\u0ec0ຮງງານ"),
        ("Vi\u1ec7t", "Vie\u0323\u0302t", "Vi\u00ea\u0323t", "VIỆT"),
        ("សមាហរណកម្ម", "សមាហរណ\u200bកម្ម", "\u200bសមាហរណកម្ម\u200b"),
        ("ល\u17be", "ល\u17c1\u17b8"),
        ("ឱ្យ", "ឲ្យ"),
        ("បណ្តុះ", "បណ្ដុះ"),
        ("\u101dန်ကြီး", "\u1040န်ကြီး"),
        ("2003", "၂\u101d\u101d၃", "၂၀၀၃", "២០០៣", "๒๐๐๓", "໒໐໐໓", "႒႐႐႓"),
        ("10", "၁\u101d"),
        ("30%", "៣០%", "๓๐%"),
        ("ဉ\u103a", "\u1025\u103a"),
        ("က\u102d\u102f", "က\u102f\u102d"),
        ("Women Union", "women  union", "Women\u00a0Union", "Women\nUnion"),
    ],
)
def test_spellings_of_one_word_meet_under_one_key(spellings: tuple[str, ...]) -> None:
    assert {fold(spelling) for spelling in spellings} == {fold(spellings[0])}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("กา", "กำ"),
        ("ຄ້າ", "ຄຳ"),
        ("hòa", "hoa"),
        ("hòa", "hoà"),
        ("ปา", "ป่า"),
        ("ນ້ຳ", "ນຳ"),
        ("IOM", "ILO"),
        ("10", "100"),
    ],
)
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@sizes
def test_folding_twice_is_folding_once(size: int) -> None:
    @examples(size)
    @given(TYPED)
    @example("\u0e4d\u0e4d\u0e4d\u0e32")
    @example("\u0ecd\u0ecd\u0ecd\u0eb2")
    @example("\u102f\u102f\u102d")
    @example("က၀၀က၁\u101d\u101d")
    def property_(typed: str) -> None:
        assert fold(fold(typed)) == fold(typed)

    property_()


# Digits and numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", DIGITS)
def test_digits_of_every_script_are_read(script: str) -> None:
    assert ascii_digits(DIGITS[script]) == "0123456789"
    assert read_number(DIGITS[script][3]) == 3
    assert read_year(DIGITS[script][2] + 2 * DIGITS[script][0] + DIGITS[script][3], TODAY).year == 2003


def test_digits_of_several_scripts_in_one_answer_are_read() -> None:
    assert ascii_digits("๒๕๔៦၃໐႐") == "2546300"


def test_what_only_looks_like_a_digit_is_left_alone() -> None:
    assert ascii_digits("² ① ½ Ⅳ ဝ ร") == "² ① ½ Ⅳ ဝ ร"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("3", 3),
        ("0", 0),
        ("30%", 30),
        ("30 %", 30),
        ("៣០%", 30),
        ("30,5", 30.5),
        ("30.5", 30.5),
        ("๓๐,๕ %", 30.5),
        ("1 000", 1000),
        ("\u200b3\u200b", 3),
        ("1\u200b2", 12),
        ("-5", -5),
        ("\u22125", -5),
        ("+5", 5),
        ("٣", 3),
    ],
)
def test_numbers_are_read_with_either_decimal_sign(typed: str, number: float) -> None:
    assert read_number(typed) == number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "three",
        "1.234,5",
        "1,234.5",
        "1.2.3",
        "2²",
        "½",
        "nan",
        "inf",
        "1e3",
        "0x10",
        "1_000",
        "-",
        "%",
        ".",
        "3.",
        ".5",
    ]
    + ["3 4 years", "၁\u101dက", "--5", "9" * 13, "1\n\n-2"],
)
def test_what_is_no_small_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        read_number(typed)


@sizes
def test_no_text_makes_reading_a_number_fail_otherwise(size: int) -> None:
    @examples(size)
    @given(TYPED | st.text("0123456789.,%- ๑၁៣", max_size=20))
    def property_(typed: str) -> None:
        try:
            assert abs(read_number(typed)) < 10**12 + 1
        except ValueError as error:
            assert "not a number" in str(error)  # noqa: PT017

    property_()


# Years and dates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "year", "understood"),
    [
        ("2003", 2003, "common"),
        ("๒๐๐๓", 2003, "common"),
        ("๒๕๔๖", 2003, "looks buddhist"),
        ("2546", 2003, "looks buddhist"),
        ("19/5/2546", 2003, "looks buddhist"),
        ("พ.ศ. 2546", 2003, "marked buddhist"),
        ("พ.ศ. ๒๕๔๖", 2003, "marked buddhist"),
        ("2546 พศ", 2003, "marked buddhist"),
        ("ພ.ສ 2546", 2003, "marked buddhist"),
        ("ព.ស. ២៥៤៦", 2003, "marked buddhist"),
        ("2546 B.E.", 2003, "marked buddhist"),
        ("be 2546", 2003, "marked buddhist"),
        ("ค.ศ. 2003", 2003, "marked common"),
        ("ຄ.ສ. 2003", 2003, "marked common"),
        ("គ.ស. ២០០៣", 2003, "marked common"),
        ("AD 2003", 2003, "marked common"),
        ("1900", 1900, "common"),
        ("2036", 2036, "common"),
        ("2037", None, "implausible"),
        ("2579", 2036, "looks buddhist"),
        ("2580", None, "implausible"),
        ("1899", None, "implausible"),
        ("၁၃၆၅", None, "implausible"),
        ("ค.ศ. 2546", None, "implausible"),
        ("พ.ศ. 2003", None, "implausible"),
        ("46", None, "two digits"),
        ("๔๖", None, "two digits"),
        ("", None, "none"),
        ("last year", None, "none"),
        ("5", None, "none"),
    ],
)
def test_a_year_is_read_and_how_it_was_understood_is_said(typed: str, year: int | None, understood: str) -> None:
    assert read_year(typed, TODAY) == (year, understood)


@pytest.mark.parametrize("typed", ["2003", "2546", "พ.ศ. 2546", "ค.ศ. 2003"])
def test_a_year_is_never_ambiguous_before_2390(typed: str) -> None:
    assert read_year(typed, datetime.date(2379, 12, 31)).year == 2003


@pytest.mark.parametrize(
    ("typed", "date", "precision"),
    [
        ("19/5/2003", "2003-05-19", "day"),
        ("19.5.2003", "2003-05-19", "day"),
        ("19 05 2003", "2003-05-19", "day"),
        ("2003-05-19", "2003-05-19", "day"),
        ("2003/5", "2003-05", "month"),
        ("5/2003", "2003-05", "month"),
        ("๕/๒๐๐๓", "2003-05", "month"),
        ("2003", "2003", "year"),
        ("about 2003", "2003", "year"),
        ("19/5/พ.ศ. 2546", "2003-05-19", "day"),
        ("១៩/៥/ព.ស. ២៥៤៦", "2003-05-19", "day"),
        ("29/2/พ.ศ. 2547", "2004-02-29", "day"),
        ("၁၉/၅/၂၀၀၃", "2003-05-19", "day"),
    ],
)
def test_a_date_is_read_as_far_as_it_is_given(typed: str, date: str, precision: str) -> None:
    read = read_date(typed, today=TODAY)

    assert (str(read), read.precision) == (date, precision)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("19/5/2546", "looks buddhist"),
        ("๒๕๔๖", "looks buddhist"),
        ("19/5/46", "two digits"),
        ("၁၃၆၅", "implausible"),
        ("yesterday", "date"),
        ("30/2/2003", "date"),
        ("29/2/พ.ศ. 2546", "date"),
        ("5/19/2003", "date"),
        ("0/5/2003", "date"),
        ("19/0/2003", "date"),
        ("1/2/3/2003", "date"),
        ("2003 2004", "date"),
        ("99999999999999999999/2003", "date"),
        ("1/99999999999999999999/2003", "date"),
        ("9" * 5000 + "/2003", "date"),
        ("001/002/2003/004", "date"),
    ],
)
def test_a_date_that_cannot_be_read_says_what_to_ask(typed: str, why: str) -> None:
    with pytest.raises(UnreadDate) as unread:
        read_date(typed, today=TODAY)

    assert unread.value.why == why


def test_an_unmarked_buddhist_year_is_read_once_it_is_confirmed() -> None:
    with pytest.raises(UnreadDate) as asked:
        read_date("๑๙/๕/๒๕๔๖", today=TODAY)
    assert asked.value.year == 2003

    date = read_date("๑๙/๕/๒๕๔๖", confirmed_buddhist=True, today=TODAY)
    assert (str(date), date.understood) == ("2003-05-19", "looks buddhist")


@sizes
def test_no_text_makes_reading_a_date_fail_otherwise(size: int) -> None:
    @examples(size)
    @given(TYPED | st.text("0123456789/-. พศBE๒๕၀", max_size=24), st.booleans())
    def property_(typed: str, confirmed: bool) -> None:
        try:
            date = read_date(typed, confirmed, TODAY)
        except UnreadDate:
            return
        assert 1900 <= date.year <= TODAY.year + 10

    property_()


# Which language -----------------------------------------------------------------------------------------------------

ALL = tuple(LANGUAGES)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("km-KH,en;q=0.9", "km"),
        ("lo-LA,th;q=0.9,en;q=0.8", "lo"),
        ("my-Qaag,en", "my"),
        ("mya", "my"),
        ("bur", "my"),
        ("my-MM,en-US;q=0.8", "my"),
        ("zg", "my"),
        ("my-MM-t-my-s0-zawgyi", "my"),
        ("vi_VN", "vi"),
        ("TH-th", "th"),
        ("tha", "th"),
        ("khm,en", "km"),
        ("fr-FR,de;q=0.9", "en"),
        ("fr-FR,th;q=0.2", "th"),
        ("th;q=0.1,vi;q=0.9", "vi"),
        ("th;q=0,vi", "vi"),
        ("km;q=0", "en"),
        ("*", "en"),
        ("", "en"),
        (None, "en"),
        (";;;,=,q=9,\u00ff", "en"),
        ("km;q=banana,lo", "lo"),
    ],
)
def test_the_browser_gets_the_first_language_it_asks_for_that_there_is(header: str | None, language: str) -> None:
    assert pick_language(header, ALL) == language


def test_only_languages_offered_are_chosen() -> None:
    assert pick_language("km,lo;q=0.9", ("en", "lo")) == "lo"
    assert pick_language("km", ("th", "lo")) == "th"
    assert pick_language("km", ()) == "en"


@sizes
def test_any_header_gives_a_language_there_is(size: int) -> None:
    @examples(size)
    @given(st.text(st.characters(max_codepoint=255)) | st.text("enthvilokmy-_;q=.,0123456789 "))
    def property_(header: str) -> None:
        assert pick_language(header, ALL) in ALL

    property_()


def test_each_language_is_named_in_its_own_script() -> None:
    assert ALL == ("en", "th", "vi", "lo", "km", "my")
    for language in LANGUAGES.values():
        letters = [ord(c) for c in language.name if unicodedata.category(c)[0] in "LM"]
        blocks = language.blocks or ((0x41, 0x24F), (0x1E00, 0x1EFF))
        assert letters
        assert all(any(first <= letter <= last for first, last in blocks) for letter in letters)


# Zawgyi -------------------------------------------------------------------------------------------------------------

#: The first article of the Universal Declaration of Human Rights, in both encodings.
ZAWGYI_TEXT = "လူတိုင္းသည္ တူညီ လြတ္လပ္ေသာ ဂုဏ္သိကၡာျဖင့္ လည္းေကာင္း၊ တူညီလြတ္လပ္ေသာ အခြင့္အေရးမ်ားျဖင့္ လည္းေကာင္း၊ ေမြးဖြားလာသူမ်ား ျဖစ္သည္။"
UNICODE_TEXT = "လူတိုင်းသည် တူညီ လွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် လည်းကောင်း၊ တူညီလွတ်လပ်သော အခွင့်အရေးများဖြင့် လည်းကောင်း၊ မွေးဖွားလာသူများ ဖြစ်သည်။"
SHAN_TEXT = "ၵူၼ်းတႆး မိူင်းတႆး လိၵ်ႈလၢႆး ၽႃႇသႃႇတႆး ပိူင်ပဵၼ်"


@pytest.mark.parametrize("text", [ZAWGYI_TEXT, "ျမန္မာႏုိင္ငံ", "IOM, ျမန္မာႏုိင္ငံ, 2003"])
def test_zawgyi_is_noticed(text: str) -> None:
    assert zawgyi_probability(text) > 0.95


@pytest.mark.parametrize("text", [UNICODE_TEXT, "ဝန်ကြီး", "ကြွှ န္တြ အင်္ဂလိပ် ကျွန်ုပ် ဖြည့်", SHAN_TEXT])
def test_unicode_burmese_and_shan_are_not_taken_for_zawgyi(text: str) -> None:
    assert zawgyi_probability(text) < 0.05


@pytest.mark.parametrize("text", ["", "IOM", "การส่งกลับ", "2003", "\u200b"])
def test_text_without_burmese_letters_is_certainly_not_zawgyi(text: str) -> None:
    assert zawgyi_probability(text) == 0.0
