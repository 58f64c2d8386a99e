"""hognose: typed Python to Solana bytecode. Same source under CPython, natively, and on the Solana VM."""
