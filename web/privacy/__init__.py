"""What is stored, of whom, and for how long."""
