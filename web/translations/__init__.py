"""What pages say in other languages than English, and how the catalogues are kept whole."""
