"""The ways in which TensorFlow can be asked for a derivative, and looked at, by name."""

MODES = (
    "reverse",
    "forward",
    "forward_over_forward",
    "forward_over_reverse",
    "graph",
    "graph_dynamic",
    "xla",
    "pfor",
)

# Whole Jacobians, or sums of all their entries along random directions.
METHODS = ("auto", "dense", "probe")

# The tape through a `tf.function`.
COMPILED = ("graph", "graph_dynamic", "xla")

# What an audit asks of a layer beside reverse, and the policies of mixed precision that it tries.
AUDITED = ("forward", "graph", "xla")
POLICIES = ("mixed_float16", "mixed_bfloat16")

# These take TensorFlow's rules of forward mode.
FORWARD = ("forward", "forward_over_forward", "forward_over_reverse")

# These differentiate twice by themselves.
NESTED = ("forward_over_forward", "forward_over_reverse")

ORDERS = (1, 2, 3)
