"""From a response back to the fields of its form: what a correction starts from."""

from surveytool.models import Answer, Response
from surveytool.reading import date_parts

#: How the years and months of a date of the common era follow one another.
PARTS = ("year", "month", "day")


def fields_of(response: Response) -> dict[str, list[str]]:
    """Return what was sent, as the fields of the form hold it; not who sent it, which is kept apart."""
    q = response.version.questionnaire
    fields: dict[str, list[str]] = {name: list(values) for name, values in response.sent.items()}
    held = {answer.variable: answer for answer in response.answers}
    for item in q.items.values():
        answer = held.get(item.name)
        if item.type == "date" and any(fields.pop(item.name, ())) and answer:
            # Typed in one piece, as from a spreadsheet; the form has three fields.
            fields |= _date_fields(item.name, answer)
        if item.type == "text" and response.zawgyi == "converted" and answer and answer.text:
            fields[item.name] = [answer.text]
    return fields


def _date_fields(name: str, answer: Answer) -> dict[str, list[str]]:
    parts = dict(zip(PARTS, (answer.date or "").split("-"), strict=False))
    day, month, year = date_parts(name)
    return {day: [parts.get("day", "")], month: [parts.get("month", "")], year: [parts.get("year", "")]}
