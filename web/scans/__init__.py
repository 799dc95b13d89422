"""A file judged by hand."""
