"""A local cluster: the embedded chain with slots that pass, behind the JSON-RPC interface of a Solana validator."""
