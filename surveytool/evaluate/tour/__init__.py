"""The room of the guided first visit."""
