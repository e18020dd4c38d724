"""The room of pictures over several items: all scales at once, and flows from countries to what is named."""
