"""`python -m model_compression`: the verbs of `printwarden` that this package provides."""

import sys

from printwarden import main

sys.exit(main(package="model_compression"))
