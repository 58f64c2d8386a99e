"""The on-chain program: state, errors, events, and one module for each group of instructions."""
