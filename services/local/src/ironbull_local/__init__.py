"""Run the whole platform on one machine."""
