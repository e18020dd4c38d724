"""The room of long work."""
