"""Markets with loans off chain, at the speed of the host: a crash simulation, and a search for a loan that cannot be repaid.

The instructions are the program's own, compiled natively; nothing of their rules is written here.
"""
