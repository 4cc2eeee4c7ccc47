"""Read models: what screens, `status` and measures show."""
