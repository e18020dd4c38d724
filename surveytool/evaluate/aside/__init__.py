"""The room of what was kept aside."""
