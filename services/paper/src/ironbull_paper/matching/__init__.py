"""Orders, fills, positions and balances of the paper exchange, without any I/O."""
