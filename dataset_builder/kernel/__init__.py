"""The C99 kernel: scanning, statistics, drawing and slicing at native speed, loaded by ctypes."""
