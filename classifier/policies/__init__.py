"""Policies that ship with Printwarden, one TOML file each, and the command that shows them."""
