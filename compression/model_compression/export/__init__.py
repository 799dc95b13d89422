"""Networks as files: small ONNX, int8 ONNX, packed bits; each compared with what torch says."""
