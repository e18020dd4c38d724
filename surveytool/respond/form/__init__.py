"""The room of the form: fill it in, get a receipt."""
