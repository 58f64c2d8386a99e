"""Proofs with z3 of what compiled functions do, from the typed tree that every engine reads."""
