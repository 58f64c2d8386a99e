"""Pure integer mathematics and rules: compiled into the program, run by the tests, used for quotes."""
