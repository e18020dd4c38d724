"""The room where answers in words are coded."""
