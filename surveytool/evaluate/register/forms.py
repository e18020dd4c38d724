"""What is sent from the pages of the register, and what its list is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from surveytool.judge.affiliations import key
from surveytool.models import KINDS, Organisation
from surveytool.register import KIND_NAMES, Entry, checked
from surveytool.text import clean

#: What stands in the address for organisations that work in several countries.
SEVERAL = "none"
#: The columns the list is sorted by.
SORTS = ("name", "type", "country")


@dataclass(frozen=True)
class Asked:
    """The list asked for; without anything in the address all organisations, by name."""

    kinds: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    partner: str = ""
    search: str = ""
    sort: str = "name"
    page: int = 1

    @classmethod
    def of(cls, args: MultiDict[str, str], countries: Sequence[str]) -> "Asked":
        """Read the address; what is not known in it is left out."""
        page, sort, partner = args.get("page", ""), args.get("sort", ""), args.get("partner", "")
        return cls(
            kinds=tuple(each for each in KINDS if each in args.getlist("type")),
            countries=tuple(each for each in (*countries, SEVERAL) if each in args.getlist("country")),
            partner=partner if partner in ("yes", "no") else "",
            search=clean(args.get("search", ""))[:200],
            sort=sort if sort in SORTS else "name",
            page=int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 9 and int(page) else 1,
        )

    @property
    def filtered(self) -> bool:
        """Whether some organisations are left out."""
        return bool(self.kinds or self.countries or self.partner or self.search)

    def parameters(self, **other: Any) -> dict[str, Any]:
        """Return what has to stand in the address for this list, or for one that differs in something."""
        a = replace(self, **other)
        found: dict[str, Any] = {"type": a.kinds, "country": a.countries, "partner": a.partner, "search": a.search}
        found |= {"sort": a.sort if a.sort != "name" else "", "page": a.page if a.page > 1 else 0}
        return {name: value for name, value in found.items() if value}

    def wants(self, organisation: Organisation) -> bool:
        """Say whether an organisation is among those asked for; the search is in all its names."""
        o, partner = organisation, "yes" if organisation.direct_partner else "no"
        return (
            (not self.kinds or o.kind in self.kinds)
            and (not self.countries or (o.country or SEVERAL) in self.countries)
            and self.partner in ("", partner)
            and (not self.search or any(key(self.search) in key(name) for name in (o.name, *o.other_names)))
        )


@dataclass(frozen=True)
class Written:
    """The fields of one organisation, as typed."""

    name: str = ""
    type: str = ""
    country: str = ""
    partner: str = ""
    others: str = ""

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> "Written":
        """Read what was sent."""
        return cls(*(sent.get(name, "")[:20_000] for name in ("name", "type", "country", "partner", "others")))

    @classmethod
    def as_registered(cls, organisation: Organisation) -> "Written":
        """Return the fields as they are filled in with what the register has."""
        o = organisation
        return cls(o.name, o.kind, o.country, "yes" if o.direct_partner else "no", "\n".join(o.other_names))

    def entry(self) -> Entry:
        """Return the organisation, checked. Raises RegisterError."""
        return checked(self.name, self.type, self.country, self.partner, self.others)


KIND_CHOICES = tuple(KIND_NAMES.items())
