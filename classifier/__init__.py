"""The network, and the only place where a verdict is made."""
