"""The door of evaluators: read results, and published figures beside recomputed ones."""

from surveytool.evaluate.views import bp

__all__ = ["bp"]
