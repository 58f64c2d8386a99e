"""Quatrain: leveraged prediction markets on Solana, in Python down to the on-chain program."""
