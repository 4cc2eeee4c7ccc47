"""Decide about money, without clock, ids, logs or I/O."""
