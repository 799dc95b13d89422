"""A Marlin printer made of software, behind a pty: for demonstrations and tests, not for prints."""
