"""The room of workshops: all of them together, one of them, and the capacity ladder of a country."""
