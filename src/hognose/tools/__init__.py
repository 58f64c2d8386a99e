"""Tools that read a linked program: the disassembler and what is built on it."""
