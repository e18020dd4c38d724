"""The room of second coders: coding without seeing the first's codes, agreement, settling."""
