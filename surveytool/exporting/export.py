"""Writes what is taken away, tells the audit log, and adds the note on what it is and how to check it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from surveytool import __version__, codebook, tabulate
from surveytool.audit_log import head, record
from surveytool.exporting.forms import chosen
from surveytool.exporting.sheets import DATA, Sheets
from surveytool.models import Collection, db
from surveytool.models.base import now, writing
from surveytool.small_cells import refuse
from surveytool.spreadsheets import Book, Cell, Written
from surveytool.tabulate import EVERYTHING, Filter, Forms

FORMATS, SHAPES, VALUES = ("csv", "xlsx"), ("wide", "long"), ("codes", "labels")
DIGEST_RECIPE = (
    "SHA-256 in hexadecimal over the UTF-8 text of the rows of Data, header first: the cells of a row as they stand in "
    "the file, joined by U+001F, and U+001E after each row. Whole numbers without a point, others in their shortest "
    "form, an empty cell as nothing; sheets that continue Data follow without their header."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be taken away, and how."""

    form: str = "csv"
    shape: str = "wide"
    values: str = "codes"
    #: The language of questions and labels.
    language: str = "en"
    #: Only the forms that count; else the excluded too, marked.
    only_valid: bool = False
    where: Filter = EVERYTHING
    #: Why who sent the forms is taken away too; "" where it is not.
    identities: str = ""

    def __str__(self) -> str:
        """Say it in one line, for the audit log."""
        which = "valid forms" if self.only_valid else "all forms"
        places = f" of {', '.join(self.where.countries)}" if self.where.countries else ""
        return f"{self.form}, {self.shape}, {self.values}, {self.language}, {which}{places}"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: how many forms, and the digest over the data."""

    forms: int
    digest: str


def export(
    collection: Collection, wanted: Wanted, book: Book, who: str, tell: Callable[[int], None] = lambda done: None
) -> Exported:
    """Write what is wanted of a collection that has been opened into a book, and the deed into the audit log; commits.

    `tell` hears how many forms are written.

    Raises KeyError for a language the collection has no wording in, and SmallCellsError where nothing is taken away.
    """
    refuse(collection)
    assert collection.version is not None, "a collection can be taken away once it has been opened"
    wording, english = collection.revision(wanted.language).wording, collection.revision("en").wording
    q = collection.version.questionnaire
    conditions = chosen(collection.id, wanted.where, wanted.only_valid)
    found = Sheets(collection.id, q, wording, wanted.values == "labels", conditions, tell)
    with _one_moment():
        written = [book.write(DATA, found.wide() if wanted.shape == "wide" else found.long())]
        meaning = codebook.rows(q, wording, english, wanted.shape, found.frames())
        written += [book.write("Codebook", meaning), book.write("Judgements", found.judgements())]
        if wanted.identities:
            written.append(book.write("Identities", found.identities(english)))
        forms = tabulate.forms(collection.id, wanted.where)
    done = Exported(found.count, written[0].digest)
    with writing():
        about = f"collection {collection.code}"
        record(who, "exported responses", about, f"{wanted}; {done.forms} forms; SHA-256 {done.digest}")
        if wanted.identities:
            record(who, "exported identities", about, wanted.identities)
        log = head()
        db.session.commit()
    ends: list[tuple[str, Cell]] = [("Audit log, entries", log.count), ("Audit log, seal of the last", log.seal)]
    notes = [*_of_collection(collection), *_of_forms(wanted, forms, done), *_of_file(wanted, written), *ends]
    book.write("Notes", [("what", "value"), *notes])
    return done


@contextmanager
def _one_moment() -> Iterator[None]:
    """Let everything read inside be of one moment, however long it takes and whatever comes in meanwhile."""
    db.session.commit()
    if db.engine.dialect.name == "sqlite":
        db.session.connection().exec_driver_sql("BEGIN")
    else:
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield
    finally:
        db.session.commit()


# The note -------------------------------------------------------------------------------------------------------------


def _of_collection(collection: Collection) -> list[tuple[str, Cell]]:
    assert collection.version is not None
    made_up = f"SYNTHETIC ({collection.synthetic}): made up; nobody's answers."
    return [
        ("Collection", collection.code),
        ("Title", collection.title),
        ("Data", made_up if collection.synthetic else "Answers of respondents."),
        ("Questionnaire", f"{collection.version.name}, version {collection.version.version}"),
        ("Questionnaire, digest", collection.version.digest),
        *((f"Wording in {each.language}, revision", each.revision.digest) for each in collection.wordings),
    ]


def _of_forms(wanted: Wanted, forms: Forms, done: Exported) -> list[tuple[str, Cell]]:
    return [
        ("Countries", ", ".join(wanted.where.countries) or "all"),
        ("Forms received", forms.received),
        ("Forms excluded", forms.excluded),
        ("Forms valid, the base of all results", forms.valid),
        ("Forms in this export", done.forms),
        ("Which forms", "valid only" if wanted.only_valid else "all received; form.state says which count"),
        ("Who sent the forms", "in Identities" if wanted.identities else "not in this export"),
    ]


def _of_file(wanted: Wanted, written: Sequence[Written]) -> list[tuple[str, Cell]]:
    return [
        ("Shape", wanted.shape),
        ("Values", wanted.values),
        ("Language of questions and labels", wanted.language),
        ("Written (UTC)", now().strftime("%Y-%m-%d %H:%M:%S")),
        ("Software", f"surveytool {__version__}"),
        *((f"Rows in {each.name}", each.rows) for each in written),
        ("Texts cut at 32,767 characters", sum(each.cut for each in written)),
        ("Digest of Data", written[0].digest),
        ("How the digest is made", DIGEST_RECIPE),
    ]
