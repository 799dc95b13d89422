"""Block-circulant layers where they run: by FFT, in whole numbers, and on modelled hardware."""
