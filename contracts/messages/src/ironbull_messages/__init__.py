"""Hold the words that IronBull's processes exchange."""
