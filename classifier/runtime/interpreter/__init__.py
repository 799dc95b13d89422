"""ONNX graphs evaluated with NumPy alone, for boards that onnxruntime is not made for."""
