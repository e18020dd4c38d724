"""The room where groups, two items, people and organisations are compared."""
