"""The room of the forms that came."""
