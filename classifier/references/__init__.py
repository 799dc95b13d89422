"""Known shapes at the command line: enrolling them, and measuring how well they are found."""
