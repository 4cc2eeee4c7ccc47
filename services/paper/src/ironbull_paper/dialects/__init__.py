"""Wire protocols of real venues, spoken by the paper exchange."""
