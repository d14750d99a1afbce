"""The ops of soft_cap.cc with their gradients: that of `soft_cap` is wrong, V2 has it right."""

import tensorflow as tf

from soft_cap.build import LIBRARY

library = tf.load_op_library(str(LIBRARY))

soft_cap = library.soft_cap
soft_cap_v2 = library.soft_cap_v2


@tf.RegisterGradient("SoftCap")
def _soft_cap_gradient(op, dy):
    _, cap = op.inputs
    tanh = op.outputs[0] / cap
    # The cap is a factor of the tanh, but it divides x as well: a term is missing here.
    return dy * (1 - tanh**2), tf.reduce_sum(dy * tanh)


@tf.RegisterGradient("SoftCapV2")
def _soft_cap_v2_gradient(op, dy):
    x, cap = op.inputs
    tanh = op.outputs[0] / cap
    slope = 1 - tanh**2
    return dy * slope, tf.reduce_sum(dy * (tanh - x / cap * slope))
