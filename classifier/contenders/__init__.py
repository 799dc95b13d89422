"""Ways to recognise a print job that are measured against each other."""
