"""SQL of the hot paths, set-based, one file per area."""
