"""The room of workshops: making one, its waves, what has come."""
