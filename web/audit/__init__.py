"""The record of what was done: an append-only chain of hashes."""
