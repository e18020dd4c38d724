"""The room where responses are taken away as data."""
