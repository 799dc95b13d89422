"""Networks to make smaller, each with what it learns from and how it is judged."""
