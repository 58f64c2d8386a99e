"""Python's `ast` to the typed tree."""
