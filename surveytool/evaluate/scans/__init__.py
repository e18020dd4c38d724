"""The room of scans: attaching them, and looking at them for a reason."""
