"""The whole way of money in about a minute, and the proof that nothing went astray."""
