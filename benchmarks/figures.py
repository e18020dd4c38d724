"""A measured figure beside its floor, and how both are printed."""

from dataclasses import dataclass

from benchmarks.load import Load


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured, and what the machine does without the product."""

    what: str
    value: float
    unit: str
    #: What the floor is, and its value in the same unit.
    floor_is: str
    floor: float
    #: Times of single requests in milliseconds, where there were many at once.
    p50: float | None = None
    p99: float | None = None
    floor_p50: float | None = None
    floor_p99: float | None = None
    #: Processor time of one request in milliseconds.
    cpu: float | None = None
    floor_cpu: float | None = None
    #: Requests answered otherwise than they should be; anything but 0 spoils the figure.
    failed: int = 0

    @classmethod
    def of_load(cls, what: str, found: Load, floor_is: str, floor: Load) -> "Figure":
        """Return the figure of a load and of the load that is its floor."""
        return cls(
            what=what,
            value=found.per_second,
            unit="per second",
            floor_is=floor_is,
            floor=floor.per_second,
            p50=found.p50,
            p99=found.p99,
            floor_p50=floor.p50,
            floor_p99=floor.p99,
            cpu=found.cpu,
            floor_cpu=floor.cpu,
            failed=found.failed + floor.failed,
        )


HEAD = """| what | measured | p50 / p99 / CPU ms | floor | p50 / p99 / CPU ms | what the floor is | failed |
|---|--:|--:|--:|--:|---|--:|"""


def table(figures: list[Figure]) -> str:
    """Return figures as a Markdown table."""
    return "\n".join([HEAD, *map(_line, figures)])


def _line(f: Figure) -> str:
    measured, floor = f"{_number(f.value)} {f.unit}", f"{_number(f.floor)} {f.unit}"
    times, floor_times = _times(f.p50, f.p99, f.cpu), _times(f.floor_p50, f.floor_p99, f.floor_cpu)
    return f"| {f.what} | {measured} | {times} | {floor} | {floor_times} | {f.floor_is} | {f.failed or ''} |"


def _times(*milliseconds: float | None) -> str:
    return " / ".join(_number(each) for each in milliseconds if each is not None)


def _number(value: float) -> str:
    """Return a number with three significant digits, whole where it is large."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
