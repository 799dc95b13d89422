"""A man in the middle of a serial line: whatever the host program, no job passes unseen."""
