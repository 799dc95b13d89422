"""Numbers of a month."""
