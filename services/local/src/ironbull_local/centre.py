"""How is a stored document told to the centre?"""

from typing import Any, assert_never

from ironbull_kit.platform_client import PlatformClient
from ironbull_kit.secret import Secret
from ironbull_local.keys import MerchantKey
from ironbull_local.store import Stored
from ironbull_messages.resources import ExecutionNode, NamespaceDocument, Strategy, Tenant


class PlatformCentre:
    """The centre behind its platform API."""

    def __init__(self, client: PlatformClient) -> None:
        self._client = client

    async def put(self, stored: Stored) -> dict[str, Any]:
        """Tell a document and return the answer; a namespace is only a place."""
        document = stored.document
        if isinstance(document, NamespaceDocument):
            return {}
        told = (stored.uid, stored.generation, document.spec.model_dump(mode="json", by_alias=True))
        name = document.metadata.name
        match document:
            case Tenant():
                return await self._client.put_tenant(name, *told)
            case Strategy():
                return await self._client.put_strategy(document.tenant, name, *told)
            case ExecutionNode():
                return await self._client.put_node(document.tenant, name, *told)
            case _:
                assert_never(document)

    async def put_merchant_key(self, tenant: str, key: MerchantKey) -> None:
        """Tell with what a tenant signs."""
        await self._client.put_merchant_key(tenant, key.key_id, Secret(key.secret))
