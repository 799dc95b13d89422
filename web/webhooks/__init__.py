"""Telling other programs what happened."""
