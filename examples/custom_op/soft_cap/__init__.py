"""A custom op in C++ with its gradient, and a custom gradient for ops that TensorFlow has."""
