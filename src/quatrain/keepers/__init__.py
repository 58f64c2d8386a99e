"""Duties that keep the markets going: so far the ingest of other venues' questions."""
