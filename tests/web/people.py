"""What tests know of people."""

PASSWORD = "correct horse battery"
