"""Guards, printers, and what is pushed to them."""
