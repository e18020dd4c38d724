"""The forty synthetic forms of 2003 as if they had just come: nobody has judged, coded or translated anything.

Their words are Thai, Vietnamese and English, as in 2003; in a second set they are Lao, Khmer and Burmese.
"""

from collections.abc import Iterator

from surveytool import collections, intake, reconstruction
from surveytool.models import Collection, db

AS_IN_2003 = {"th": "th", "vi": "vi", "en": "en"}
SECOND_SET = {"th": "my", "vi": "lo", "en": "km"}

#: What bodies, guidelines and the like are called in each language of the second set, by code.
NAMES: dict[str, dict[str, str]] = {
    "DSDW": {
        "lo": "ກົມພັດທະນາສັງຄົມ ແລະ ສະຫວັດດີການ",
        "km": "នាយកដ្ឋានអភិវឌ្ឍន៍សង្គម និងសុខុមាលភាព",
        "my": "လူမှုဖွံ့ဖြိုးရေးနှင့် လူမှုဝန်ထမ်းဦးစီးဌာန",
    },
    "Maryknoll": {"lo": "ມາຣີນອລ", "km": "ម៉ារីណុល", "my": "မေရီနောလ်"},
    "Bureau of Anti-Trafficking": {
        "lo": "ຫ້ອງການຕ້ານການຄ້າມະນຸດ",
        "km": "ការិយាល័យប្រឆាំងការជួញដូរមនុស្ស",
        "my": "လူကုန်ကူးမှု တားဆီးနှိမ်နင်းရေး ဌာနခွဲ",
    },
    "National Commission on Anti-trafficking": {
        "lo": "ຄະນະກຳມະການແຫ່ງຊາດ ຕ້ານການຄ້າມະນຸດ",
        "km": "គណៈកម្មាធិការជាតិប្រយុទ្ធប្រឆាំងការជួញដូរមនុស្ស",
        "my": "လူကုန်ကူးမှု တားဆီးကာကွယ်ရေး အမျိုးသားကော်မရှင်",
    },
    "UN-IAP": {"lo": "ໂຄງການຮ່ວມ UN-IAP", "km": "គម្រោង UN-IAP", "my": "UN-IAP စီမံကိန်း"},
    "Immigration Bureau": {"lo": "ກົມກວດຄົນເຂົ້າເມືອງ", "km": "ការិយាល័យអន្តោប្រវេសន៍", "my": "လူဝင်မှုကြီးကြပ်ရေးဌာန"},
    "Provincial offices": {"lo": "ຫ້ອງການຂັ້ນແຂວງ", "km": "ការិយាល័យខេត្ត", "my": "ခရိုင်ရုံးများ"},
    "Trafficking Network": {"lo": "ເຄືອຂ່າຍຕ້ານການຄ້າມະນຸດ", "km": "បណ្ដាញប្រឆាំងការជួញដូរ", "my": "လူကုန်ကူးမှု ကွန်ရက်"},
    "Women Union": {"lo": "ສະຫະພັນແມ່ຍິງ", "km": "សហភាពនារី", "my": "အမျိုးသမီးသမဂ္ဂ"},
    "Police": {"lo": "ຕຳຫຼວດ", "km": "នគរបាល", "my": "ရဲတပ်ဖွဲ့"},
    "IOM": {"lo": "ອົງການ IOM", "km": "អង្គការ IOM", "my": "IOM အဖွဲ့"},
    "SCF": {"lo": "ອົງການຊ່ວຍເຫຼືອເດັກ", "km": "អង្គការសង្គ្រោះកុមារ", "my": "ကလေးသူငယ်ကယ်ဆယ်ရေးအဖွဲ့"},
    "WV": {"lo": "ອົງການທັດສະນະໂລກ", "km": "អង្គការទស្សនៈពិភពលោក", "my": "ကမ္ဘာ့အမြင်အဖွဲ့"},
    "WVFT": {
        "lo": "ມູນນິທິທັດສະນະໂລກ ແຫ່ງປະເທດໄທ",
        "km": "មូលនិធិទស្សនៈពិភពលោកនៃប្រទេសថៃ",
        "my": "ကမ္ဘာ့အမြင် ဖောင်ဒေးရှင်း (ထိုင်း)",
    },
    "Vietnamese Government": {"lo": "ລັດຖະບານຫວຽດນາມ", "km": "រដ្ឋាភិបាលវៀតណាម", "my": "ဗီယက်နမ်အစိုးရ"},
    "UNICEF": {"lo": "ຢູນີເຊັບ", "km": "យូនីសេហ្វ", "my": "ယူနီဆက်ဖ်"},
    "MOU": {"lo": "ບົດບັນທຶກຄວາມເຂົ້າໃຈ", "km": "អនុស្សរណៈនៃការយោគយល់", "my": "နားလည်မှုစာချွန်လွှာ"},
    "UN Protocols": {"lo": "ອະນຸສັນຍາຂອງ ສປຊ", "km": "ពិធីសារអង្គការសហប្រជាជាតិ", "my": "ကုလသမဂ္ဂ ပရိုတိုကောများ"},
    "Human Rights": {"lo": "ສິດທິມະນຸດ", "km": "សិទ្ធិមនុស្ស", "my": "လူ့အခွင့်အရေး"},
    "Internal Security Policy": {
        "lo": "ນະໂຍບາຍຄວາມປອດໄພພາຍໃນ",
        "km": "គោលនយោបាយសន្តិសុខផ្ទៃក្នុង",
        "my": "အတွင်းပိုင်းလုံခြုံရေးမူဝါဒ",
    },
    "Confidentiality": {"lo": "ການຮັກສາຄວາມລັບ", "km": "ការរក្សាការសម្ងាត់", "my": "လျှို့ဝှက်ချက်ထိန်းသိမ်းခြင်း"},
    "Others": {"lo": "ຄູ່ມືຂອງອົງກອນ", "km": "សៀវភៅណែនាំរបស់អង្គភាព", "my": "အဖွဲ့အစည်း၏ လက်စွဲ"},
    "internal": {"lo": "ການປະເມີນພາຍໃນ", "km": "ការវាយតម្លៃផ្ទៃក្នុង", "my": "အတွင်းပိုင်းအကဲဖြတ်ခြင်း"},
    "audit": {"lo": "ການກວດສອບບັນຊີ", "km": "សវនកម្ម", "my": "စာရင်းစစ်ခြင်း"},
    "external": {"lo": "ການປະເມີນພາຍນອກ", "km": "ការវាយតម្លៃខាងក្រៅ", "my": "ပြင်ပအကဲဖြတ်ခြင်း"},
    "yes": {"lo": "ແຜນວຽກປະຈຳປີ", "km": "ផែនការការងារប្រចាំឆ្នាំ", "my": "နှစ်စဉ်လုပ်ငန်းစီမံချက်"},
    "no": {"lo": "ບໍ່ມີ", "km": "គ្មាន", "my": "မရှိပါ"},
}
#: And what is not coded.
WORDS: dict[str, dict[str, str]] = {
    "objective": {
        "lo": "ຊ່ວຍເຫຼືອ ແລະ ປົກປ້ອງຜູ້ຖືກເຄາະຮ້າຍຈາກການຄ້າມະນຸດ",
        "km": "ជួយ និងការពារជនរងគ្រោះដោយការជួញដូរមនុស្ស",
        "my": "လူကုန်ကူးခံရသူများကို ကူညီကာကွယ်ရန်",
    },
    "improve": {
        "lo": "ຄວນປະສານງານລະຫວ່າງໜ່ວຍງານໃຫ້ຫຼາຍຂຶ້ນ",
        "km": "គួរមានការសម្របសម្រួលបន្ថែមរវាងស្ថាប័ន",
        "my": "ဌာနများအကြား ပိုမိုညှိနှိုင်းသင့်သည်",
    },
}


def forms(languages: dict[str, str]) -> Iterator[reconstruction.Form]:
    """Yield the forms with their words in the languages given for those of 2003."""
    for form in reconstruction.forms():
        form.language = languages[form.language]
        if languages is SECOND_SET:
            for item, code in form.codes.items():
                # The training centre has no name of its own; it stands for all that is not IOM.
                form.sent[item] = [NAMES[code][form.language]]
            for item, words in WORDS.items():
                if item in form.sent:
                    form.sent[item] = [words[form.language]]
        yield form


def store(code: str, languages: dict[str, str]) -> Collection:
    """Receive the forms in an open collection, through the same intake as any form."""
    title = "Forty synthetic forms, just received"
    collection = collections.create(code, "partner_survey", title, synthetic="reconstruction", who="tester")
    collections.open_(collection, "tester")
    for number, form in enumerate(forms(languages), 1):
        kept = intake.receive(
            collection, form.sent, submission=f"{number:08}-{code}", language=form.language, mode=form.mode
        )
        assert isinstance(kept, intake.Kept), kept
    db.session.commit()
    return collection
