"""The room of one form: reading it, judging it, undoing that."""
