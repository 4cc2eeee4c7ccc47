"""The merchant audience: a tenant's server acts for its users."""
