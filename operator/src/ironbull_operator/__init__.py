"""Reconcile tenants, strategies and execution nodes in a cluster."""
