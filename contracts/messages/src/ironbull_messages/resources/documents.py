"""Which documents may stand in a file?"""

from typing import Final

from ironbull_messages.resources.execution_node import ExecutionNode
from ironbull_messages.resources.namespace import NamespaceDocument
from ironbull_messages.resources.strategy import Strategy
from ironbull_messages.resources.tenant import Tenant

Document = Tenant | Strategy | ExecutionNode | NamespaceDocument
KINDS: Final[dict[str, type[Tenant | Strategy | ExecutionNode | NamespaceDocument]]] = {
    "Namespace": NamespaceDocument,
    "Tenant": Tenant,
    "Strategy": Strategy,
    "ExecutionNode": ExecutionNode,
}
