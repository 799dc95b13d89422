"""Networks, as torch modules."""
