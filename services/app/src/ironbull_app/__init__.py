"""Touch the world for the platform's centre: database, bus, venues, HTTP."""
