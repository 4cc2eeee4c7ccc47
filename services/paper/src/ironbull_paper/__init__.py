"""Play an exchange that speaks real venues' wire protocols."""
