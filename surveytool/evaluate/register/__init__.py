"""The room of the register of organisations."""
