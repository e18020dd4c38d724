"""The room of the poster: what is projected or printed so that people join a collection. Partners read it."""
