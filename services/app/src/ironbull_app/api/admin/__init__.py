"""The admin audience: staff of the platform."""
