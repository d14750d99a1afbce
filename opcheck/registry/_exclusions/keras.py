"""Names of Keras: initializers, what makes or reads configurations, what is abstract."""

from __future__ import annotations

from opcheck.domains import integers, normal
from opcheck.exclusions import Why, exclude
from opcheck.spec import built, named

_DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 2}}

EXCLUSIONS = (
    exclude(Why.NO_TENSOR, ("keras.activations.deserialize", "keras.activations.get"), "relu"),
    exclude(Why.NO_TENSOR, "keras.activations.serialize", named("keras.activations.relu")),
    exclude(
        Why.NO_TENSOR,
        ("keras.constraints.deserialize", "keras.constraints.get"),
        {"class_name": "MaxNorm", "config": {}},
    ),
    exclude(
        Why.NO_TENSOR,
        "keras.constraints.serialize",
        built("keras.constraints.MaxNorm", max_value=2.0),
    ),
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
    # Numbers that are no shape would be taken for the sizes of its windows.
    exclude(
        Why.NO_FLOATING_INPUT,
        "keras.initializers.STFT",
        built("tf.TensorShape", dims=[4, 1, 3]),
        window=None,
    ),
    exclude(Why.NO_TENSOR, ("keras.initializers.deserialize", "keras.initializers.get"), "zeros"),
    exclude(
        Why.NO_TENSOR,
        "keras.initializers.serialize",
        built("keras.initializers.Constant", value=0.5),
    ),
    exclude(Why.CLASS, "keras.layers.InputSpec"),
    exclude(Why.ABSTRACT, "keras.layers.Layer", normal(2)),
    exclude(Why.BACKEND, "keras.layers.FlaxLayer", normal(2), module=None),
    exclude(Why.BACKEND, "keras.layers.JaxLayer", normal(2), call_fn=named("tf.sin")),
    exclude(Why.BACKEND, "keras.layers.TorchModuleWrapper", normal(2), module=None),
    exclude(
        Why.ABSTRACT, "keras.layers.Wrapper", normal(2), layer=built("keras.layers.Dense", units=2)
    ),
    exclude(Why.FILE, "keras.layers.TFSMLayer", normal(2), filepath="no/such/model"),
    exclude(
        Why.NO_FLOATING_INPUT,
        "keras.layers.HashedCrossing",
        ([[1], [2]], [[3], [4]]),
        num_bins=3,
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
    exclude(Why.NO_TENSOR, "keras.layers.deserialize", _DENSE),
    exclude(Why.NO_TENSOR, "keras.layers.serialize", built("keras.layers.Dense", units=2)),
    exclude(Why.ABSTRACT, "keras.losses.Loss", normal(2), normal(2)),
    exclude(Why.CLASS, "tf.keras.losses.Reduction"),
    exclude(Why.NO_TENSOR, ("keras.losses.deserialize", "keras.losses.get"), "hinge"),
    exclude(Why.NO_TENSOR, "keras.losses.serialize", built("keras.losses.Hinge", name="loss")),
    exclude(Why.NO_TENSOR, "keras.regularizers.Regularizer", normal(2)),
    exclude(
        Why.NO_TENSOR,
        ("keras.regularizers.deserialize", "keras.regularizers.get"),
        {"class_name": "L1", "config": {}},
    ),
    exclude(Why.NO_TENSOR, "keras.regularizers.serialize", built("keras.regularizers.L1", l1=0.5)),
)
