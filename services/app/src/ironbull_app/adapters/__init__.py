"""Adapters of the world outside."""
