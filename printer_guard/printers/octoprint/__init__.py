"""OctoPrint, by way of its plugin OctoPrint-Printwarden and of its REST interface."""
