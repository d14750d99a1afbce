"""The two Jacobians of an evaluation: what TensorFlow derives and what differences estimate.

Both are laid out as `tf.test.compute_gradient` does: rows are the real coordinates of the
outputs, columns those of one input.
"""
