"""Outer envelopes of game props with the outline of a weapon: solid, blunt, without function."""
