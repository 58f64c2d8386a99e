"""The SDK: everything an application needs to read and trade, derived from the program's declarations.

Addresses (`deployment`), instructions, decoded accounts and events, quotes, transactions, and errors with stable codes.
Nothing here touches the network: `quatrain.cluster` does.
"""
