"""The tables, a file a theme."""
