"""The room of receipts: what to do with a form that was sent, for whoever holds its code."""
