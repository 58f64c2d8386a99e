"""The demonstration: a market's whole life in one run, checked at every step."""
