"""Bytes of any job to Toolpath or Mesh."""
