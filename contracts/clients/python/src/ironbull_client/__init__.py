"""The merchant API for a tenant's server. It stands alone: httpx, pydantic and nothing of ours.

`Merchant` and `AsyncMerchant` have one method per operation of the API. Each request is signed, a
passing failure is tried again without doing anything twice, and whatever fails in the end is one
`MerchantProblem`. Whoever has an httpx client already needs `Signature` alone.
"""

from ironbull_client.merchant import AsyncMerchant, Merchant
from ironbull_client.patience import Patience
from ironbull_client.problems import FieldError, MerchantProblem
from ironbull_client.signature import Signature

__all__ = ["AsyncMerchant", "FieldError", "Merchant", "MerchantProblem", "Patience", "Signature"]
