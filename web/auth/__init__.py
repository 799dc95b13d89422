"""Who somebody is, and what that person may do."""
