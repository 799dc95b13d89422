"""Marlin's serial dialect: what the proxy that guards a printer and the simulated printer share."""
