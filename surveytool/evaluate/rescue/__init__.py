"""The room of forms that were saved to files on a device and are handed in by an evaluator."""
