"""The independent judge of a run, and the dump that it reads."""
