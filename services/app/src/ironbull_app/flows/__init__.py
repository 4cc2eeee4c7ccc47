"""What the platform can do, one verb per file."""
