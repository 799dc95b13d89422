"""What people decide, and what comes of it."""
