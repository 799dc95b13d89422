"""What a run's networks say of real jobs, sliced from meshes whose sources they have not seen."""
