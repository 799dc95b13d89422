"""Klipper behind Moonraker: an agent that the macros of printwarden-gate.cfg ask."""
