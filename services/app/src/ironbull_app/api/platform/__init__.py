"""The platform audience: the operator, or the local runner, tells documents."""
