"""Pictures of held jobs."""
