"""Keras layers: the derivatives by their inputs and by their trainable weights."""

from __future__ import annotations

from typing import Any

from opcheck.domains import between, distinct, indices, nonzero, normal
from opcheck.spec import FLOAT32, built, choices, exactly, function, layer, named, sample


def between_weights(low: float, high: float) -> dict[str, Any]:
    """An initializer of weights at random between two numbers."""
    return {"class_name": "RandomUniform", "config": {"minval": low, "maxval": high}}


ROWS = (
    # tf.keras has an older class of this name.
    layer(
        "keras.layers.AlphaDropout",
        normal(2, 4),
        rate=0.4,
        seed=1,
        training=choices(False, True),
        variant="current",
    ),
    layer("tf.keras.layers.Activation", nonzero(2, 3), activation=choices("relu", "tanh")),
    # What it adds to the loss is judged beside its output.
    layer("tf.keras.layers.ActivityRegularization", nonzero(2, 3), l1=choices(0.0, 0.5), l2=0.25),
    layer("tf.keras.layers.Add", [normal(2, 3), normal(2, 3)]),
    layer(
        "tf.keras.layers.AlphaDropout",
        normal(2, 4),
        rate=0.4,
        seed=1,
        training=choices(False, True),
    ),
    layer("tf.keras.layers.Average", [normal(2, 3), normal(2, 3), normal(2, 3)]),
    layer(
        "tf.keras.layers.BatchNormalization",
        sample("2d", normal(2, 2, 1, 2), training=True),
        sample("axis", normal(3, 2, 2), axis=1, training=True),
        normal(4, 2),
        training=choices(False, True),
    ),
    layer(
        "tf.keras.layers.BatchNormalization",
        between(-2.0, 2.0)(4, 2),
        dtype=choices("mixed_float16", "mixed_bfloat16"),
        training=True,
        dtypes=FLOAT32,
        variant="mixed",
    ),
    layer(
        "tf.keras.layers.BatchNormalization",
        sample(
            "masked",
            normal(2, 3, 2),
            training=True,
            call={"mask": exactly([[True, True, False], [True, False, False]], "bool")},
        ),
        sample("plain", normal(4, 2), center=False, scale=False, training=True),
        sample("renewed", normal(4, 2), momentum=0.5, epsilon=0.1, training=True),
        variant="options",
    ),
    # Weights of the counts are the one floating argument.
    layer(
        "tf.keras.layers.CategoryEncoding",
        indices(3)(2),
        num_tokens=3,
        output_mode="count",
        call={"count_weights": normal(2)},
    ),
    layer("tf.keras.layers.Concatenate", [normal(2, 1), normal(2, 3)], axis=choices(1, -1)),
    layer("tf.keras.layers.Cropping1D", normal(1, 4, 2), cropping=[1, 1]),
    layer("tf.keras.layers.Cropping2D", normal(1, 3, 4, 1), cropping=[[1, 0], [1, 1]]),
    layer("tf.keras.layers.Cropping3D", normal(1, 3, 3, 2, 1), cropping=[[1, 0], [1, 1], [0, 1]]),
    layer(
        "tf.keras.layers.Dense",
        normal(2, 4),
        units=3,
        activation=choices(None, "gelu", "sigmoid", "softmax", "tanh"),
        use_bias=choices(True, False),
    ),
    layer("tf.keras.layers.Dense", normal(2, 3), units=2, lora_rank=1, variant="lora"),
    layer(
        "tf.keras.layers.Dense",
        between(-2.0, 2.0)(2, 3),
        units=2,
        activation="tanh",
        dtype=choices("mixed_float16", "mixed_bfloat16"),
        dtypes=FLOAT32,
        variant="mixed",
    ),
    layer(
        "tf.keras.layers.Dense",
        normal(2, 3),
        units=2,
        activity_regularizer="l2",
        kernel_regularizer="l2",
        bias_regularizer="l2",
        kernel_constraint="non_neg",
        variant="regularized",
    ),
    layer(
        "tf.keras.layers.Discretization",
        normal(2, 3),
        bin_boundaries=[-0.5, 0.5],
        output_mode=choices("one_hot", "multi_hot", "count"),
    ),
    layer(
        "tf.keras.layers.Dot", [normal(2, 3), normal(2, 3)], axes=1, normalize=choices(False, True)
    ),
    layer("tf.keras.layers.Dropout", normal(2, 6), rate=0.4, seed=1, training=choices(False, True)),
    layer("tf.keras.layers.ELU", nonzero(2, 3), alpha=choices(1.0, 0.5)),
    layer(
        "tf.keras.layers.EinsumDense",
        sample("heads", normal(1, 2, 3), equation="abc,cde->abde", output_shape=[None, 2, 2]),
        normal(2, 3),
        equation="ab,bc->ac",
        output_shape=2,
        bias_axes=choices(None, "c"),
    ),
    layer("tf.keras.layers.Embedding", indices(4)(2, 3), input_dim=4, output_dim=2),
    layer("tf.keras.layers.Flatten", normal(2, 2, 2)),
    layer(
        "tf.keras.layers.GaussianDropout",
        normal(2, 4),
        rate=0.4,
        seed=1,
        training=choices(False, True),
    ),
    layer(
        "tf.keras.layers.GaussianNoise",
        normal(2, 4),
        stddev=0.4,
        seed=1,
        training=choices(False, True),
    ),
    layer("tf.keras.layers.GroupNormalization", normal(1, 2, 4), groups=choices(1, 2, 4)),
    layer("tf.keras.layers.Identity", normal(2, 3)),
    layer("tf.keras.layers.Lambda", normal(2, 3), function=named("tf.math.tanh")),
    layer(
        "tf.keras.layers.LayerNormalization",
        sample("two_axes", normal(1, 2, 2), axis=[1, 2]),
        normal(2, 4),
        center=choices(True, False),
        scale=choices(True, False),
    ),
    layer(
        "tf.keras.layers.LayerNormalization",
        between(-2.0, 2.0)(2, 3),
        dtype=choices("mixed_float16", "mixed_bfloat16"),
        dtypes=FLOAT32,
        variant="mixed",
    ),
    layer("tf.keras.layers.LeakyReLU", nonzero(2, 3), negative_slope=0.2),
    layer("tf.keras.layers.Masking", normal(2, 3, 2)),
    layer("tf.keras.layers.Maximum", [distinct(2, 3), distinct(2, 3)]),
    layer("tf.keras.layers.Minimum", [distinct(2, 3), distinct(2, 3)]),
    layer("tf.keras.layers.Multiply", [normal(2, 3), normal(2, 1)]),
    layer(
        "tf.keras.layers.Normalization",
        normal(2, 3),
        mean=[0.5, 1.0, -1.0],
        variance=[1.0, 2.0, 0.5],
        invert=choices(False, True),
    ),
    # The gradient at 0 is 0: a valid slope where alpha is negative, and none where it is positive.
    layer(
        "tf.keras.layers.PReLU",
        nonzero(2, 3),
        shared_axes=choices(None, [1]),
        alpha_initializer=between_weights(-0.75, -0.25),
    ),
    layer(
        "tf.keras.layers.PReLU",
        sample("zero", nonzero(3).at("zero"), alpha_initializer=between_weights(0.25, 0.75)),
        sample("zeros", nonzero(3).at("zeros"), alpha_initializer=between_weights(0.25, 0.75)),
        sample("steep-zeros", nonzero(3).at("zeros"), alpha_initializer=between_weights(1.5, 2.0)),
        nonzero(2, 3),
        alpha_initializer=between_weights(0.25, 0.75),
        variant="rising",
    ),
    layer("tf.keras.layers.Permute", normal(1, 2, 3), dims=[2, 1]),
    layer(
        "tf.keras.layers.Pipeline",
        normal(2, 3),
        layers=[
            built("keras.layers.Dense", units=2),
            built("keras.layers.Activation", activation="tanh"),
        ],
    ),
    layer("tf.keras.layers.RMSNormalization", normal(2, 4)),
    layer("tf.keras.layers.ReLU", nonzero(2, 3), max_value=choices(None, 1.0)),
    layer("tf.keras.layers.RepeatVector", normal(2, 3), n=2),
    layer("tf.keras.layers.Rescaling", normal(2, 3), scale=0.5, offset=1.0),
    layer("tf.keras.layers.Reshape", normal(2, 4), target_shape=[2, 2]),
    layer(
        "tf.keras.layers.ReversibleEmbedding",
        sample("reverse", normal(2, 2), input_dim=3, output_dim=2, call={"reverse": True}),
        sample(
            "reverse-untied",
            normal(2, 2),
            input_dim=3,
            output_dim=2,
            tie_weights=False,
            call={"reverse": True},
        ),
        indices(3)(2),
        input_dim=3,
        output_dim=2,
    ),
    layer("tf.keras.layers.Softmax", normal(2, 3), axis=choices(-1, 0)),
    layer(
        "tf.keras.layers.Softmax",
        sample("masked", normal(2, 3), call={"mask": exactly([[True, True, False]] * 2, "bool")}),
        variant="options",
    ),
    layer(
        "tf.keras.layers.SpatialDropout1D",
        normal(2, 2, 3),
        rate=0.4,
        seed=1,
        training=choices(False, True),
    ),
    layer(
        "tf.keras.layers.SpatialDropout2D",
        normal(1, 2, 2, 3),
        rate=0.4,
        seed=1,
        training=choices(False, True),
    ),
    layer(
        "tf.keras.layers.SpatialDropout3D",
        normal(1, 2, 2, 1, 3),
        rate=0.4,
        seed=1,
        training=choices(False, True),
    ),
    layer(
        "tf.keras.layers.SpectralNormalization",
        normal(2, 3),
        layer=built("keras.layers.Dense", units=2),
        training=choices(False, True),
    ),
    layer("tf.keras.layers.Subtract", [normal(2, 3), normal(2, 3)]),
    # The threshold is an edge of a step.
    layer(
        "tf.keras.layers.ThresholdedReLU",
        sample("below", between(-2.0, 0.4)(2, 2), theta=0.5),
        between(0.6, 2.0)(2, 3),
        theta=0.5,
    ),
    layer("tf.keras.layers.UnitNormalization", normal(2, 3), axis=choices(-1, 0)),
    layer("tf.keras.layers.ZeroPadding1D", normal(1, 2, 2), padding=[1, 2]),
    layer("tf.keras.layers.ZeroPadding2D", normal(1, 2, 2, 1), padding=[[1, 0], [2, 1]]),
    layer("tf.keras.layers.ZeroPadding3D", normal(1, 2, 2, 1, 1), padding=1),
    # These make a layer in the dtype that Keras prefers, whatever their inputs are.
    function("tf.keras.layers.add", inputs=[normal(2, 3), normal(2, 3)], dtypes=FLOAT32),
    function("tf.keras.layers.average", inputs=[normal(2, 3), normal(2, 3)], dtypes=FLOAT32),
    function(
        "tf.keras.layers.concatenate",
        inputs=[normal(2, 1), normal(2, 3)],
        axis=choices(1, -1),
        dtypes=FLOAT32,
    ),
    function(
        "tf.keras.layers.dot",
        inputs=[normal(1, 3), normal(1, 3)],
        axes=1,
        normalize=choices(False, True),
        dtypes=FLOAT32,
        unjudged_at=("all=huge",),
    ),
    function("tf.keras.layers.maximum", inputs=[distinct(1, 3), distinct(1, 3)], dtypes=FLOAT32),
    function("tf.keras.layers.minimum", inputs=[distinct(1, 3), distinct(1, 3)], dtypes=FLOAT32),
    function(
        "tf.keras.layers.multiply",
        inputs=[normal(2, 3), normal(2, 1)],
        dtypes=FLOAT32,
        unjudged_at=("all=huge",),
    ),
    function("tf.keras.layers.subtract", inputs=[normal(2, 3), normal(2, 3)], dtypes=FLOAT32),
)
