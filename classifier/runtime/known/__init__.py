"""Known shapes: a library of enrolled parts, and whether an object is one of them."""
