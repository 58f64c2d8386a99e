"""Ways to run a compiled program in a test: a tracing interpreter and the embedded chain."""
