"""Makes the 2003 reconstruction: 40 synthetic forms that have the published counts. Nobody's real answers.

What is printed and agrees with itself is met exactly; what is forced by that, and what had to be invented
(distributions, languages, modes, verbatims, the reasons for the two exclusions), is listed in docs/reconstruction.md.
The same forms come out every time.
"""

import datetime
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from surveytool import collections, intake, register
from surveytool.audit_log import COMMAND_LINE
from surveytool.judge import exclude_form
from surveytool.models import Code, CodeFrame, Coding, Collection, Response, db

CODE = "mekong-2003"
TITLE = "Regional partners survey 2003 (synthetic reconstruction)"
CODER = "reconstruction"

BLANK = ""
Deck = list[str]


@dataclass
class Form:
    """One made-up form: its answers as sent, and the codes its verbatims were given."""

    country: str
    language: str
    mode: str
    sent: dict[str, list[str]] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)

    def give(self, name: str, value: str) -> None:
        """Write an answer, unless it is blank."""
        if value != BLANK:
            self.sent[name] = [value]


# Country, language, mode and number of the valid forms. The 25 Thai and 3 Myanmar forms are the 28 at the meeting.
VALID = (
    ("thailand", "th", "paper", 25),
    ("myanmar", "en", "paper", 3),
    ("viet_nam", "vi", "e-mail", 8),
    ("cambodia", "en", "e-mail", 2),
)

# Items whose counts are printed: {answer: people}; what is left of 38 is blank. Sums behind the printed means:
# 10: 92/31; 21a: 70/30; 21b: 63/25 (2.50 is impossible); 22: 55/32; 26: 133/38; 27: 66/35.
COUNTS: dict[str, dict[str, int]] = {
    "involved": {"yes": 36, "no": 2},
    "conducive": {"yes": 33, "no": 3},
    "research_return": {"yes": 10, "no": 26},
    "research_other": {"yes": 19, "no": 17},
    "log_frame": {"yes": 24, "no": 4, "na": 7},
    "pcm": {"yes": 20, "no": 5, "na": 8},
    "evaluated": {"yes": 18, "no": 8, "na": 7},
    "coordination_national": {"0": 1, "1": 4, "2": 12, "3": 10, "4": 3},
    "coordination_regional": {"1": 2, "2": 9, "3": 13, "4": 1},
    "legal_framework": {"0": 3, "1": 10, "2": 13, "3": 5, "4": 1},
    "guidelines": {"yes": 23, "no": 8},
    "gender": {"yes": 26, "no": 7},
    "prevention_important": {"2": 3, "3": 13, "4": 22},
    "prevention_effective": {"0": 2, "1": 9, "2": 16, "3": 7, "4": 1},
    "retrafficking_rate": {"yes": 17, "no": 17},
    "trained": {"yes": 31, "no": 7},
}

# Answers of those only to whom the question applies: item asked, answer that opens it, {answer: people}.
FOLLOWED: dict[str, tuple[str, dict[str, int]]] = {
    "trained_times": ("trained", {"1": 8, "2": 10, "3": 8, "4": 3, "6": 2}),
    "training_useful": ("trained", {"1": 1, "2": 8, "3": 13, "4": 9}),
    "acceptable_rate": (
        "retrafficking_rate",
        {"10": 2, "20": 3, "25": 2, "30": 4, "40": 3, "45": 2, "50": 1},
    ),
}

MEETING = {
    "meeting_useful": {"1": 1, "2": 10, "3": 12, "4": 5},
    "meeting_interesting": {"1": 1, "2": 9, "3": 14, "4": 4},
}

# Ticked activities: 14a 30, 14b 33, 14c 30, 14d 32, 14e 24, 14f 14; exactly one form ticks neither a nor b.
ACTIVITIES = {"prevention": 30, "protection": 32, "legal_assistance": 24, "other": 14}

# Coordinating bodies, by country: {code: people}. "Others" of Thailand has to hold two bodies at least.
BODIES_NATIONAL = {
    "thailand": {
        "DSDW": 3,
        "Maryknoll": 2,
        "Bureau of Anti-Trafficking": 2,
        "National Commission on Anti-trafficking": 1,
        "UN-IAP": 1,
        "Immigration Bureau": 3,
        "Provincial offices": 2,
    },
    "myanmar": {"UN-IAP": 2, "Trafficking Network": 1},
    "viet_nam": {"Women Union": 4, "Police": 2, "IOM": 1},
    "cambodia": {},
}
OTHERS = ("Immigration Bureau", "Provincial offices")
BODIES_REGIONAL = {
    "IOM": 5,
    "UN-IAP": 2,
    "DSDW": 2,
    "SCF": 1,
    "WV": 1,
    "WVFT": 1,
    "Bureau of Anti-Trafficking": 1,
    "Vietnamese Government": 1,
    "UNICEF": 1,
}
REFERENCES = {
    "MOU": 8,
    "Others": 5,
    "Confidentiality": 4,
    "Internal Security Policy": 2,
    "UN Protocols": 1,
    "Human Rights": 1,
}

# How a code is written on a form; in turn, so that a code is met in several spellings and scripts.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "DSDW": ("DSDW", "กรมพัฒนาสังคมและสวัสดิการ", "Dept. of Social Development & Welfare"),
    "Maryknoll": ("Maryknoll",),
    "Bureau of Anti-Trafficking": ("สำนักงานต่อต้านการค้ามนุษย์", "Bureau of Anti-Trafficking"),
    "National Commission on Anti-trafficking": ("คณะกรรมการระดับชาติต่อต้านการค้ามนุษย์",),
    "UN-IAP": ("UN-IAP", "UNIAP"),
    "Immigration Bureau": ("สำนักงานตรวจคนเข้าเมือง", "Immigration Bureau", "สตม."),
    "Provincial offices": ("หน่วยงานระดับจังหวัด", "Provincial offices"),
    "Trafficking Network": ("Trafficking network",),
    "Women Union": ("Hội Liên hiệp Phụ nữ Việt Nam", "Hội LHPN", "Women's Union"),
    "Police": ("Công an", "Police"),
    "IOM": ("IOM",),
    "SCF": ("Save the Children (SCF)",),
    "WV": ("World Vision",),
    "WVFT": ("World Vision Foundation of Thailand",),
    "Vietnamese Government": ("Chính phủ Việt Nam",),
    "UNICEF": ("UNICEF",),
    "MOU": ("MOU", "บันทึกความเข้าใจ (MOU)"),
    "UN Protocols": ("UN Protocols",),
    "Human Rights": ("Human rights instruments",),
    "Internal Security Policy": ("Our internal security policy",),
    "Confidentiality": ("Confidentiality of the victims' data", "การรักษาความลับของผู้เสียหาย"),
    "Others": ("A manual of the organisation", "แนวทางของหน่วยงาน"),
    "internal": ("Internal evaluation",),
    "audit": ("Audit",),
    "external": ("External evaluation",),
}

OBJECTIVES = {
    "th": ("ช่วยเหลือและคุ้มครองผู้เสียหายจากการค้ามนุษย์", "ป้องกันการค้ามนุษย์ในชุมชน"),
    "vi": ("Phòng ngừa mua bán người và hỗ trợ nạn nhân tái hòa nhập", "Tuyên truyền phòng, chống mua bán người"),
    "en": ("Safe return and reintegration of victims", "Prevention in the villages of origin"),
}
IMPROVE = {
    "th": ("ควรมีการประสานงานระหว่างหน่วยงานมากขึ้น", "ควรมีงบประมาณและบุคลากรเพิ่ม"),
    "vi": ("Cần tăng cường phối hợp giữa các nước", "Cần thêm các khóa tập huấn"),
    "en": ("Clearer coordination between agencies", "More exchange of information across the border"),
}


def forms() -> list[Form]:
    """Return the forty forms, the two that are not valid last."""
    deal = random.Random(2003)
    valid = [Form(country, language, mode) for country, language, mode, n in VALID for _ in range(n)]
    for name, counts in COUNTS.items():
        for form, value in zip(valid, _deck(deal, counts, len(valid)), strict=True):
            form.give(name, value)
    for name, (parent, counts) in FOLLOWED.items():
        asked = [form for form in valid if form.sent.get(parent) == ["yes"]]
        for form, value in zip(asked, _deck(deal, counts, len(asked)), strict=True):
            form.give(name, value)
    _training(deal, valid)
    _activities(deal, valid)
    _tools(deal, valid)
    _bodies(deal, valid)
    _follow_ups(deal, valid)
    _meeting(deal, valid)
    _verbatims(valid)
    everything = valid + list(_not_valid())
    for number, form in enumerate(everything, 1):
        _general(form, number)
    return everything


def _deck(deal: random.Random, counts: dict[str, int], size: int) -> Deck:
    """Return a shuffled deck with so many of each value, blanks filling it up."""
    deck = [value for value, n in counts.items() for _ in range(n)]
    deck += [BLANK] * (size - len(deck))
    deal.shuffle(deck)
    return deck


def _with(forms: Sequence[Form], name: str, value: str = "yes") -> list[Form]:
    return [form for form in forms if form.sent.get(name) == [value]]


def _name(form: Form, item: str, code: str, used: dict[str, int]) -> None:
    """Write a code's next spelling as a verbatim, and remember the code."""
    spellings = SPELLINGS[code]
    form.give(item, spellings[used.setdefault(code, 0) % len(spellings)])
    used[code] += 1
    form.codes[item] = code


def _training(deal: random.Random, valid: list[Form]) -> None:
    """Item 11: 30 of the 31 trained say yes. Item 12: paper asked everyone, and 26 of those 30 answered it."""
    trained = _with(valid, "trained")
    for form, value in zip(trained, _deck(deal, {"yes": 30}, 31), strict=True):
        form.give("applying", value)
    applying = _with(trained, "applying")
    for form, value in zip(applying, _deck(deal, {"yes": 25, "no": 1}, 30), strict=True):
        form.give("expect_to_use", value)
    expecting = _with(applying, "expect_to_use")
    for form, value in zip(expecting, _deck(deal, {"0-1": 15, "2-3": 4}, 25), strict=True):
        form.give("how_soon", value)
    for form, code in zip(trained, _deck(deal, {"IOM": 15, "Others": 11}, 31), strict=True):
        if code:
            form.give("trained_by", "IOM" if code == "IOM" else "Training centre of the ministry")
            form.codes["trained_by"] = code


def _activities(deal: random.Random, valid: list[Form]) -> None:
    """Item 14: of 38 forms 26 tick a and b, 4 only a, 7 only b, 1 neither: 30, 33, and 37 of either."""
    pairs = _deck(deal, {"ab": 26, "a": 4, "b": 7}, 38)
    letters = {"a": "orderly_return", "b": "reintegration"}
    ticked = [[letters[letter] for letter in pair] for pair in pairs]
    for name, n in ACTIVITIES.items():
        # The form that ticks neither contributes to prevention, so that no form ticks nothing.
        neither = [i for i, pair in enumerate(pairs) if pair == BLANK]
        first = neither if name == "prevention" else []
        rest = [i for i in range(38) if i not in first]
        for i in first + deal.sample(rest, n - len(first)):
            ticked[i].append(name)
    for form, names in zip(valid, ticked, strict=True):
        form.sent["activities"] = names
        if "other" in names:
            form.give("activities_other", "ฝึกทักษะชีวิต" if form.language == "th" else "Life skills")


def _tools(deal: random.Random, valid: list[Form]) -> None:
    """Item 17: the same forms for a and b: 10 name a tool, 1 says none, 22 tick N/A, 5 leave it blank."""
    for form, use in zip(valid, _deck(deal, {"yes": 10, "no": 1, "na": 22}, 38), strict=True):
        for item, tool in (("planning_tools", "Annual work plan"), ("monitoring_tools", "Monthly reports and visits")):
            if use == "na":
                form.give(f"{item}.choice", "na")
            elif use:
                form.give(item, tool if use == "yes" else "None")
                form.codes[item] = use


def _bodies(deal: random.Random, valid: list[Form]) -> None:
    """Item 21: national bodies by country; regional bodies by 15 of the 25 people who rated regional coordination."""
    used: dict[str, int] = {}
    for country, counts in BODIES_NATIONAL.items():
        there = [form for form in valid if form.country == country]
        for form, code in zip(there, _deck(deal, counts, len(there)), strict=True):
            if code:
                _name(form, "body_national", code, used)
    rated = [form for form in valid if "coordination_regional" in form.sent]
    for form, code in zip(rated, _deck(deal, BODIES_REGIONAL, len(rated)), strict=True):
        if code:
            _name(form, "body_regional", code, used)


def _follow_ups(deal: random.Random, valid: list[Form]) -> None:
    """Items 16, 20 and 23: subject and date, by whom, which guidelines; one reference each of 21 people."""
    used: dict[str, int] = {}
    for i, form in enumerate(_with(valid, "research_other")):
        form.give("research_subject", ("Labour migration", "Children at risk", "Shelter services")[i % 3])
        form.give("research_date.year", str(2000 + i % 3))
    evaluated = _with(valid, "evaluated")
    for i, form in enumerate(evaluated):
        form.give("evaluated_when.year", str(2001 + i % 2))
    for form, code in zip(evaluated, _deck(deal, {"internal": 3, "audit": 1, "external": 2}, 18), strict=True):
        if code:
            _name(form, "evaluated_by", code, used)
    aware = _with(valid, "guidelines")
    for form, code in zip(aware, _deck(deal, REFERENCES, 23), strict=True):
        if code:
            _name(form, "guidelines_which", code, used)


def _meeting(deal: random.Random, valid: list[Form]) -> None:
    """The 28 of Thailand and Myanmar were at the meeting and answered both questions."""
    present = [form for form in valid if form.country in ("thailand", "myanmar")]
    for form in valid:
        form.give("attended", "yes" if form in present else "no")
    for name, counts in MEETING.items():
        for form, value in zip(present, _deck(deal, counts, 28), strict=True):
            form.give(name, value)


def _verbatims(valid: list[Form]) -> None:
    for i, form in enumerate(valid):
        form.give("objective", OBJECTIVES[form.language][i % 2])
        if i % 2:
            form.give("improve", IMPROVE[form.language][i // 2 % 2])
        if form.sent.get("conducive") == ["yes"] and i % 3 == 0:
            form.give("conducive_explain", "Regular contact with partners across the border")
        if i % 7 == 0:
            form.give("comments", "Please share the results of this evaluation.")


def _not_valid() -> Iterator[Form]:
    """The two forms received and not counted: both nearly empty, neither Thai; why is invented."""
    yield Form("lao_pdr", "en", "paper")
    nearly_empty = Form("viet_nam", "vi", "e-mail")
    nearly_empty.give("comments", "Xin gửi lại phiếu đầy đủ sau.")
    yield nearly_empty


def _general(form: Form, number: int) -> None:
    """Section A: who and where, all made up."""
    form.give("country", form.country)
    form.give("name", f"Synthetic person {number:02}")
    form.give("organisation", organisation_name(next(o for n, o in _organisations() if n == number)))
    form.give("position", "Officer")
    day = 2 + number % 2
    for part, value in (("day", day), ("month", 4), ("year", "พ.ศ. 2546" if form.language == "th" else 2003)):
        form.give(f"date.{part}", str(value))


# The register ---------------------------------------------------------------------------------------------------------

#: Organisations in the register, and how many of them the forms name.
REGISTERED, NAMED = 42, 24
#: Direct partners among those named, by number: 11 with two valid forms and 5 with one, together 27 respondents.
PARTNERS = (*range(1, 8), 12, 13, 15, 16, 17, 18, 19, 22, 23)


def organisation_name(number: int) -> str:
    """Return the name of a made-up organisation."""
    return f"Synthetic organisation {number:02}"


def _organisations() -> Iterator[tuple[int, int]]:
    """Yield each form's number and its organisation's: several people of one answered, each country has its own."""
    for forms_, first, several in (((1, 25), 1, 14), ((26, 28), 15, 2), ((29, 36), 17, 5), ((37, 38), 22, 2)):
        for number in range(forms_[0], forms_[1] + 1):
            yield number, first + (number - forms_[0]) % several
    yield from ((39, NAMED), (40, 21))


def entries() -> list[register.Entry]:
    """Return the made-up register of 42 organisations; as in 2003 no United Nations agency is in it."""
    countries = {form.sent["organisation"][0]: form.country for form in forms()}
    found = []
    for number in range(1, REGISTERED + 1):
        name = organisation_name(number)
        found.append(
            register.Entry(
                name=name,
                kind=("government", "ngo", "ingo")[number % 3],
                country=countries.get(name, VALID[number % len(VALID)][0]),
                direct_partner=number in PARTNERS or (number > NAMED and number % 2 == 0),
                other_names=(f"SO {number:02}",),
            )
        )
    return found


# Storing them ---------------------------------------------------------------------------------------------------------


def store() -> Collection:
    """Store the reconstruction as a closed collection, through the same intake as any form."""
    collection = collections.create(CODE, "partner_survey", TITLE, synthetic="reconstruction", who=COMMAND_LINE)
    collections.open_(collection, COMMAND_LINE)
    organisations = [register.add(entry, COMMAND_LINE) for entry in entries()]
    register.ask(collection, [each.id for each in organisations], COMMAND_LINE)
    codes = _codes(collection)
    moment = datetime.datetime(2003, 4, 3, 9, tzinfo=datetime.UTC)
    last: Response | None = None
    for number, form in enumerate(forms(), 1):
        outcome = intake.receive(
            collection,
            form.sent,
            submission=f"{number:08}-2003",
            language=form.language,
            mode=form.mode,
            received_at=moment + datetime.timedelta(hours=number),
        )
        assert isinstance(outcome, intake.Kept), outcome
        last = outcome.response
        for variable, code in form.codes.items():
            db.session.add(Coding(response_id=last.id, variable=variable, code_id=codes[variable, code], made_by=CODER))
    assert last is not None
    exclude_form(last, CODER, "Nearly empty: beyond the general information it only announces another form.")
    collections.close(collection, COMMAND_LINE)
    db.session.commit()
    return collection


def _codes(collection: Collection) -> dict[tuple[str, str], int]:
    """Return the id of each code by variable and name, after adding the bodies that stand under Others."""
    assert collection.version is not None
    frames = {f.name: f for f in db.session.scalars(select(CodeFrame).where(CodeFrame.collection_id == collection.id))}
    bodies = frames["bodies"]
    group = next(code for code in bodies.codes if code.name == "Others")
    bodies.codes += [Code(name=name, label=name, parent_id=group.id) for name in OTHERS]
    db.session.flush()
    items = collection.version.questionnaire.items.values()
    return {(i.name, code.name): code.id for i in items if i.code_frame for code in frames[i.code_frame].codes}
