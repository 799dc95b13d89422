"""`python -m web VERB ...`: the verbs of this package."""

import sys

from printwarden import main

if __name__ == "__main__":
    sys.exit(main(package="web"))
