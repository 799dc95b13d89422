"""From the bytes of any print job to labelled pictures of what will be printed."""
