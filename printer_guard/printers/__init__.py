"""Adapters, one host program or protocol each: they hold no policy and no model."""
