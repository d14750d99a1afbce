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

# These differentiate twice by themselves.
NESTED = ("forward_over_forward", "forward_over_reverse")

ORDERS = (1, 2, 3)
