"""Fields of forms that several doors ask for."""

from collections.abc import Sequence

from wtforms import DateField


class Day(DateField):  # type: ignore[misc]
    """A day; a browser without a calendar sends what was typed."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the day. Raises ValueError with what to write instead."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Please write the day as year-month-day, such as 2028-12-31.") from None
