"""What a network weighs and costs, by formulas and by measurement; it knows of no method."""
