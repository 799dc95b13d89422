"""Ways to recognise prints that others published, rebuilt to stand beside ours: a file an idea."""
