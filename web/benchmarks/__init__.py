"""How fast the console is, and that it loses nothing; `printwarden bench console` runs it."""
