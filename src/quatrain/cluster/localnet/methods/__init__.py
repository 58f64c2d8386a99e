"""The methods of the interface, by subject: importing this package declares all of them."""

from quatrain.cluster.localnet.method import METHODS
from quatrain.cluster.localnet.methods import (
    accounts as accounts,
)
from quatrain.cluster.localnet.methods import (
    blocks as blocks,
)
from quatrain.cluster.localnet.methods import (
    cluster as cluster,
)
from quatrain.cluster.localnet.methods import (
    history as history,
)
from quatrain.cluster.localnet.methods import (
    subscriptions as subscriptions,
)
from quatrain.cluster.localnet.methods import (
    surfnet as surfnet,
)
from quatrain.cluster.localnet.methods import (
    tokens as tokens,
)
from quatrain.cluster.localnet.methods import (
    transactions as transactions,
)

__all__ = ["METHODS"]
