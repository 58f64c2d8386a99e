"""The typed tree, and analyses of it."""
