"""Networks measured on what they have not seen."""
