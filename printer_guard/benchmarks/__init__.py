"""What `printwarden guard bench` measures: memory, the proxy, and how fast a print stops."""
