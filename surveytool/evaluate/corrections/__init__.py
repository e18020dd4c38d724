"""The room of corrections: what partners sent to replace an earlier form, and the decision on it."""
