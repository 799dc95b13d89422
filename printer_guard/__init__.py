"""The daemon at a printer. It imports the judge, never torch."""
