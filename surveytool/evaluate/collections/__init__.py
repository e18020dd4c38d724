"""The room of collections: making, opening and closing them."""
