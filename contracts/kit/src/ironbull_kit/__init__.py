"""Give every IronBull process the same manners."""
