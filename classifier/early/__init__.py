"""Training and measuring the network that watches a print grow."""
