"""Networks in few bits: the file format of docs/packed-format.md, with NumPy alone."""
