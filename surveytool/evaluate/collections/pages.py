"""What the pages of collections show: one frozen object a template."""

from collections.abc import Sequence
from dataclasses import dataclass

from surveytool.models import Collection
from surveytool.tabulate import Forms


@dataclass(frozen=True)
class ListPage:
    """All collections, with how many forms each has."""

    rows: Sequence[tuple[Collection, Forms]]
