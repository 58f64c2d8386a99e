"""A stage on which every transaction also runs in CPython, and must do there what it does on the chain."""

from __future__ import annotations

from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

from quatrain.program.entrypoint import PROGRAM
from tests.svm.stage import Stage
from tests.twin import Twin


class Mirror(Stage):
    """Raises tests.twin.Difference as soon as the two differ."""

    def __init__(self, elf: bytes):
        super().__init__(elf)
        self.twin = Twin(PROGRAM, self.svm)

    def execute(
        self, transaction: Transaction, *, commit: bool = True
    ) -> TransactionMetadata | FailedTransactionMetadata:
        """Run a transaction on both."""
        expected = self.twin.expect(transaction.message)
        result = super().execute(transaction, commit=commit)
        self.twin.hold(expected, result, committed=commit)
        return result
