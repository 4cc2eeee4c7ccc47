"""Touch the world for the platform's centre: database, bus, venues, HTTP."""

__version__ = "0.2.0"
