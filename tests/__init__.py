"""The tests, laid out as src is, with property, svm, e2e, golden and bench beside it."""
