"""Counts in, numbers out: the statistics of surveytool.

The public modules are listed in ``__all__``; import them by name, for example
``from analysis import scales``. The other modules are the parts that these are made of.
"""

__all__ = [
    "agreement",
    "association",
    "audit",
    "clusters",
    "disclosure",
    "groups",
    "multiplicity",
    "patterns",
    "pooling",
    "prepost",
    "reliability",
    "rounding",
    "scales",
    "shares",
    "tallies",
]
