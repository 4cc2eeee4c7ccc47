"""Execute orders at venues and hold no database."""
