"""Names of Keras: initializers, what makes configurations, what is abstract or elsewhere."""

from __future__ import annotations

from opcheck.domains import integers, normal
from opcheck.exclusions import Why, exclude, named

EXCLUSIONS = (
    exclude(Why.ABSTRACT, "keras.initializers.Initializer", [2, 3]),
    exclude(
        Why.NO_FLOATING_INPUT,
        (
            "keras.initializers.Constant",
            "keras.initializers.GlorotNormal",
            "keras.initializers.GlorotUniform",
            "keras.initializers.HeNormal",
            "keras.initializers.HeUniform",
            "keras.initializers.Identity",
            "keras.initializers.LecunNormal",
            "keras.initializers.LecunUniform",
            "keras.initializers.Ones",
            "keras.initializers.Orthogonal",
            "keras.initializers.RandomNormal",
            "keras.initializers.RandomUniform",
            "keras.initializers.TruncatedNormal",
            "keras.initializers.VarianceScaling",
            "keras.initializers.Zeros",
        ),
        [2, 3],
    ),
    exclude(Why.NO_FLOATING_INPUT, "keras.initializers.STFT", [4, 1, 3], window=None),
    exclude(Why.NO_TENSOR, ("keras.activations.get", "keras.activations.deserialize"), "relu"),
    exclude(Why.NO_TENSOR, "keras.activations.serialize", named("keras.activations.relu")),
    exclude(
        Why.NO_TENSOR,
        ("keras.constraints.get", "keras.constraints.deserialize"),
        {"class_name": "MaxNorm", "config": {}},
    ),
    exclude(
        Why.NO_TENSOR,
        "keras.constraints.serialize",
        named("keras.constraints.MaxNorm", max_value=2.0),
    ),
    exclude(Why.NO_TENSOR, "keras.regularizers.Regularizer", normal(2)),
    exclude(
        Why.NO_TENSOR,
        ("keras.regularizers.get", "keras.regularizers.deserialize"),
        {"class_name": "L1", "config": {}},
    ),
    exclude(Why.NO_TENSOR, "keras.regularizers.serialize", named("keras.regularizers.L1", l1=0.5)),
    exclude(Why.ABSTRACT, "keras.losses.Loss", normal(2), normal(2)),
    exclude(Why.NO_TENSOR, ("keras.losses.get", "keras.losses.deserialize"), "hinge"),
    exclude(Why.NO_TENSOR, "keras.losses.serialize", named("keras.losses.Hinge", name="loss")),
    exclude(Why.CLASS, "tf.keras.losses.Reduction"),
    exclude(Why.CLASS, "keras.layers.InputSpec"),
    exclude(Why.ABSTRACT, "keras.layers.Layer", normal(2)),
    exclude(
        Why.NO_FLOATING_INPUT, "keras.layers.HashedCrossing", ([[1], [2]], [[3], [4]]), num_bins=3
    ),
    exclude(Why.NO_FLOATING_INPUT, "keras.layers.Hashing", integers(0, 5)(3), num_bins=3),
    exclude(Why.NO_FLOATING_INPUT, "keras.layers.IntegerLookup", [[1], [2]], vocabulary=[1, 2]),
    exclude(
        Why.NO_FLOATING_INPUT, "keras.layers.StringLookup", [["a"], ["c"]], vocabulary=["a", "b"]
    ),
    exclude(
        Why.NO_FLOATING_INPUT,
        "keras.layers.TextVectorization",
        [["a b"], ["c"]],
        vocabulary=["a", "b"],
    ),
)
