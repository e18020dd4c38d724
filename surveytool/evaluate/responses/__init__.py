"""The room of the forms that came, as a list."""
