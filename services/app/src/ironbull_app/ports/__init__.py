"""What flows need of the world, as protocols."""
