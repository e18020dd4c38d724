"""The room of what was shared with partners: frozen tables behind a link."""
