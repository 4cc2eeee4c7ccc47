"""What must fit together in an ExecutionNode, and what may become of it?"""

from typing import Final

from ironbull_messages.rules.pool_fields import POOL_FIELD_RULES
from ironbull_messages.rules.rule import Rules
from ironbull_messages.rules.shapes import fixed

EXECUTION_NODE_RULES: Final[Rules] = (
    fixed(
        "pool-venue-fixed",
        "spec",
        "venue",
        "since its members hold orders there: make an ExecutionNode with another name",
    ),
    *POOL_FIELD_RULES,
)
