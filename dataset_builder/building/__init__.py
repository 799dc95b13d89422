"""How a dataset is built: plan, solids, shards."""
