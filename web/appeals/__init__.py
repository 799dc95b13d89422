"""The page of whoever sent a job."""
