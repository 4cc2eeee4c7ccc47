"""Read models for screens and answers."""
