"""A dataset on disk: its columns, how it is opened, what describes it."""
