"""surveytool: questionnaires in six languages, every response kept, every figure checkable."""

__version__ = "0.1.0"
