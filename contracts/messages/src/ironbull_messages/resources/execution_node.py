"""What is a pool of execution-node members?"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ironbull_messages.base import Name
from ironbull_messages.resources.parts import Namespaced, RuledSpec
from ironbull_messages.rules.execution_node import EXECUTION_NODE_RULES
from ironbull_messages.rules.rule import Rules


class ExecutionNodeSpec(RuledSpec):
    """A pool of members that execute orders of accounts at one venue."""

    rules: ClassVar[Rules] = EXECUTION_NODE_RULES

    replicas: Annotated[int, Field(ge=0, le=100)] = 1
    venue: Name
    concurrency: Annotated[int, Field(ge=1, le=256)] = 32
    """Orders of different accounts in submission at the same time, per member."""


class ExecutionNode(Namespaced):
    """A pool of execution-node members of a tenant."""

    kind: Literal["ExecutionNode"] = "ExecutionNode"
    spec: ExecutionNodeSpec
