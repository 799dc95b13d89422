"""A Hypothesis profile for long searches: `make fuzz` loads this file as a pytest plugin."""

from hypothesis import settings

# A few minutes per property on a slow core; a test with settings of its own keeps those.
settings.register_profile("fuzz", max_examples=20_000, deadline=None)
