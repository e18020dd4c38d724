"""The room of what a device needs without a connection: scripts, a worker, the list of its forms, sealed forms."""
