"""G-code text to extruding segments: one semantics, interchangeable back ends."""
