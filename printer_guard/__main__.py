"""`python -m printer_guard`: the verbs of `printwarden` that this package provides."""

import sys

from printwarden import main

sys.exit(main(package="printer_guard"))
