"""Fault injection: wrong gradients planted into TensorFlow, and whether the cases catch them."""
