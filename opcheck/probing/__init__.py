"""Whole Jacobians judged by a few numbers: cotangentᵀ J tangent for signed random directions.

TensorFlow gives cotangentᵀ J for all inputs by one backward pass, differences give J tangent for
all outputs by a few values along one line, whatever the size. Where the two numbers part, `search`
finds the entries that are to blame, for the dense method to judge.
"""
