"""Where a person sees why, and decides."""
