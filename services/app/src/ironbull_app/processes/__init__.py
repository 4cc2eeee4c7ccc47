"""One file per role, and how roles are wired."""
