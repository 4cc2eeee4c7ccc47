"""The commands of `ironbull`: parse, call, show."""
