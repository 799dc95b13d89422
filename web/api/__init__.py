"""The console for programs."""
