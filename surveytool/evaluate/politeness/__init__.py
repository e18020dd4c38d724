"""The room of signs of politeness."""
