"""`printwarden dataset report`: what is in a dataset, as one page that needs nothing else."""
