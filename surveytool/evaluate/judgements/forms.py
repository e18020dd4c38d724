"""What the address of the list of judgements asks for: of which effect, by whom, about what, in force or not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request

from surveytool.definitions import Questionnaire
from surveytool.models.judgement import EFFECTS

BY = ("rule", "person")
STATES = {"force": "in force", "withdrawn": "withdrawn"}
PARAMETERS = ("effect", "by", "item", "state", "order", "page")


@dataclass(frozen=True)
class Asked:
    """The judgements asked for; without anything in the address all, the newest first."""

    effects: tuple[str, ...] = ()
    by: str = ""
    #: A variable, by its name.
    item: str = ""
    state: str = ""
    #: "up" for the oldest first, else "down".
    order: str = "down"
    page: int = 1
    unknown: tuple[str, ...] = ()

    @property
    def filtered(self) -> bool:
        """Whether some judgements are left out."""
        return bool(self.effects or self.by or self.item or self.state)

    @property
    def parameters(self) -> dict[str, Any]:
        """What has to stand in an address for the same list, and nothing more."""
        found = {"effect": self.effects, "by": self.by, "item": self.item, "state": self.state}
        found["order"] = self.order if self.order != "down" else ""
        return {name: value for name, value in (found | {"page": self.page if self.page > 1 else 0}).items() if value}

    @property
    def turned(self) -> dict[str, Any]:
        """What has to stand in the address for the same list the other way round."""
        return replace(self, order="down" if self.order == "up" else "up", page=1).parameters

    def on(self, page: int) -> dict[str, Any]:
        """Return what has to stand in the address of another page."""
        return replace(self, page=page).parameters


def asked(q: Questionnaire) -> Asked:
    """Read the address of the request."""
    unknown = [name for name in request.args if name not in PARAMETERS]

    def chosen(name: str, known: Sequence[str]) -> tuple[str, ...]:
        given = [value for value in request.args.getlist(name) if value]
        unknown.extend(value for value in given if value not in known)
        return tuple(value for value in known if value in given)

    page = request.args.get("page", "1")
    if not (page.isascii() and page.isdecimal() and len(page) < 10 and int(page)):
        unknown.append(f"page {page}")
        page = "1"
    return Asked(
        effects=chosen("effect", EFFECTS),
        by=(chosen("by", BY) or ("",))[0],
        item=(chosen("item", list(q.variables)) or ("",))[0],
        state=(chosen("state", list(STATES)) or ("",))[0],
        order=(chosen("order", ("down", "up")) or ("down",))[0],
        page=int(page),
        unknown=tuple(unknown),
    )
