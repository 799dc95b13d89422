"""`python -m dataset_builder`: the verbs of `printwarden` that this package provides."""

import sys

from printwarden import main

sys.exit(main(package="dataset_builder"))
