"""Measures how fast surveytool is, each figure beside its floor: `python -m benchmarks`."""
