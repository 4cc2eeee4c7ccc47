"""What does an operator apply? Tenant, Strategy and ExecutionNode, with the honoured fields.

A field that is unknown, or not honoured yet, is refused and never ignored.
"""

from ironbull_messages.resources.credentials import MAX_OVERLAP_SECONDS, Credentials
from ironbull_messages.resources.documents import KINDS, Document
from ironbull_messages.resources.execution_node import ExecutionNode, ExecutionNodeSpec
from ironbull_messages.resources.limits import Limits
from ironbull_messages.resources.merchant_api import Gateway, Ingress, MerchantApi, Tls
from ironbull_messages.resources.messaging import Messaging
from ironbull_messages.resources.namespace import NamespaceDocument
from ironbull_messages.resources.parts import (
    API_VERSION,
    GROUP,
    NAMESPACE_PREFIX,
    TENANT_LABEL,
    Metadata,
    Spec,
)
from ironbull_messages.resources.pool_parts import UpdatePolicy
from ironbull_messages.resources.schedule import Window
from ironbull_messages.resources.strategy import (
    ClassRef,
    Risk,
    Sizing,
    Strategy,
    StrategySpec,
    strategy_version,
)
from ironbull_messages.resources.tenant import Billing, Tenant, TenantSpec, Venue

__all__ = [
    "API_VERSION",
    "GROUP",
    "KINDS",
    "MAX_OVERLAP_SECONDS",
    "NAMESPACE_PREFIX",
    "TENANT_LABEL",
    "Billing",
    "ClassRef",
    "Credentials",
    "Document",
    "ExecutionNode",
    "ExecutionNodeSpec",
    "Gateway",
    "Ingress",
    "Limits",
    "MerchantApi",
    "Messaging",
    "Metadata",
    "NamespaceDocument",
    "Risk",
    "Sizing",
    "Spec",
    "Strategy",
    "StrategySpec",
    "Tenant",
    "TenantSpec",
    "Tls",
    "UpdatePolicy",
    "Venue",
    "Window",
    "strategy_version",
]
