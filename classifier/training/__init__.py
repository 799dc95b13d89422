"""Training of the detector: configuration, data, loop, calibration, bundle, card."""
