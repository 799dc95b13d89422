"""A camera that sees whether what grows on the bed is what was approved."""
