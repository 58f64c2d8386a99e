"""Small programs that keep the repository in order. None of them is shipped."""
