"""Keras layers: the derivatives by their inputs and by their trainable weights."""

from __future__ import annotations

from typing import Any

from opcheck.domains import distinct, indices, nonzero, normal
from opcheck.spec import FLOAT32, choices, layer, sample


def between_weights(low: float, high: float) -> dict[str, Any]:
    """An initializer of weights at random between two numbers."""
    return {"class_name": "RandomUniform", "config": {"minval": low, "maxval": high}}


ROWS = (
    layer("tf.keras.layers.Add", [normal(2, 3), normal(2, 3)]),
    layer("tf.keras.layers.AdditiveAttention", [normal(1, 2, 3), normal(1, 3, 3)]),
    layer(
        "tf.keras.layers.Attention",
        sample("dot", [normal(1, 2, 3), normal(1, 3, 3), normal(1, 3, 3)]),
        [normal(1, 2, 3), normal(1, 3, 3)],
        use_scale=choices(False, True),
        score_mode=choices("dot", "concat"),
    ),
    layer("tf.keras.layers.Average", [normal(2, 3), normal(2, 3), normal(2, 3)]),
    layer(
        "tf.keras.layers.AveragePooling1D",
        normal(1, 5, 2),
        pool_size=2,
        strides=choices(1, 2),
        padding=choices("valid", "same"),
    ),
    layer(
        "tf.keras.layers.AveragePooling2D",
        normal(1, 3, 3, 2),
        pool_size=2,
        strides=choices(1, 2),
        padding=choices("valid", "same"),
    ),
    layer(
        "tf.keras.layers.BatchNormalization",
        sample("2d", normal(2, 2, 1, 2), training=True),
        sample("axis", normal(3, 2, 2), axis=1, training=True),
        normal(4, 2),
        training=choices(False, True),
    ),
    layer("tf.keras.layers.Concatenate", [normal(2, 1), normal(2, 3)], axis=choices(1, -1)),
    layer(
        "tf.keras.layers.Conv1D",
        sample("causal", normal(1, 5, 2), filters=2, kernel_size=3, padding="causal"),
        sample("groups", normal(1, 4, 4), filters=2, kernel_size=2, groups=2),
        normal(1, 5, 2),
        filters=2,
        kernel_size=2,
        strides=choices(1, 2),
        padding=choices("valid", "same"),
    ),
    layer("tf.keras.layers.Conv1DTranspose", normal(1, 3, 2), filters=2, kernel_size=2, strides=2),
    layer(
        "tf.keras.layers.Conv2D",
        sample("dilation", normal(1, 4, 4, 1), filters=2, kernel_size=2, dilation_rate=2),
        normal(1, 3, 3, 2),
        filters=2,
        kernel_size=2,
        strides=choices(1, 2),
        padding=choices("valid", "same"),
    ),
    layer(
        "tf.keras.layers.Conv2DTranspose",
        normal(1, 2, 2, 2),
        filters=2,
        kernel_size=2,
        strides=choices(1, 2),
        padding=choices("valid", "same"),
    ),
    layer("tf.keras.layers.Conv3D", normal(1, 2, 3, 2, 1), filters=2, kernel_size=2),
    layer(
        "tf.keras.layers.Dense",
        normal(2, 4),
        units=3,
        activation=choices(None, "gelu", "sigmoid", "softmax", "tanh"),
        use_bias=choices(True, False),
    ),
    layer(
        "tf.keras.layers.DepthwiseConv2D",
        normal(1, 3, 2, 2),
        kernel_size=2,
        depth_multiplier=choices(1, 2),
        padding=choices("valid", "same"),
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
    layer("tf.keras.layers.GRU", normal(1, 2, 2), units=2, reset_after=choices(True, False)),
    layer(
        "tf.keras.layers.GlobalAveragePooling2D", normal(2, 2, 3, 2), keepdims=choices(False, True)
    ),
    layer("tf.keras.layers.GlobalMaxPooling1D", distinct(2, 3, 2)),
    layer("tf.keras.layers.GroupNormalization", normal(1, 2, 4), groups=choices(1, 2, 4)),
    layer("tf.keras.layers.LSTM", normal(1, 2, 2), units=2, return_sequences=choices(False, True)),
    layer(
        "tf.keras.layers.LayerNormalization",
        sample("two_axes", normal(1, 2, 2), axis=[1, 2]),
        normal(2, 4),
        center=choices(True, False),
        scale=choices(True, False),
    ),
    layer("tf.keras.layers.LeakyReLU", nonzero(2, 3), negative_slope=0.2),
    layer(
        "tf.keras.layers.MaxPooling1D",
        distinct(1, 5, 2),
        pool_size=2,
        strides=choices(1, 2),
        padding=choices("valid", "same"),
    ),
    layer(
        "tf.keras.layers.MaxPooling2D",
        distinct(1, 3, 3, 2),
        pool_size=2,
        strides=choices(1, 2),
        padding=choices("valid", "same"),
    ),
    layer("tf.keras.layers.Maximum", [distinct(2, 3), distinct(2, 3)]),
    layer("tf.keras.layers.Minimum", [distinct(2, 3), distinct(2, 3)]),
    layer(
        "tf.keras.layers.MultiHeadAttention",
        normal(1, 2, 3),
        normal(1, 2, 3),
        num_heads=2,
        key_dim=2,
    ),
    layer("tf.keras.layers.Multiply", [normal(2, 3), normal(2, 1)]),
    # The gradient at 0 is 0: a valid slope where alpha is negative, and none where it is positive.
    layer(
        "tf.keras.layers.PReLU",
        nonzero(2, 3),
        shared_axes=choices(None, [1]),
        alpha_initializer=between_weights(-0.75, -0.25),
    ),
    layer(
        "tf.keras.layers.PReLU",
        sample("zero", nonzero(2, 3).at("zero"), alpha_initializer=between_weights(0.25, 0.75)),
        sample("zeros", nonzero(2, 3).at("zeros"), alpha_initializer=between_weights(0.25, 0.75)),
        sample("steep-zeros", nonzero(3).at("zeros"), alpha_initializer=between_weights(1.5, 2.0)),
        nonzero(2, 3),
        alpha_initializer=between_weights(0.25, 0.75),
        variant="rising",
    ),
    layer("tf.keras.layers.RMSNormalization", normal(2, 4)),
    layer("tf.keras.layers.ReLU", nonzero(2, 3), max_value=choices(None, 1.0)),
    layer("tf.keras.layers.SeparableConv1D", normal(1, 4, 2), filters=2, kernel_size=2),
    layer(
        "tf.keras.layers.SeparableConv2D",
        normal(1, 3, 3, 2),
        filters=2,
        kernel_size=2,
        padding=choices("valid", "same"),
    ),
    layer("tf.keras.layers.SimpleRNN", normal(1, 2, 2), units=2, go_backwards=choices(False, True)),
    layer("tf.keras.layers.Softmax", normal(2, 3), axis=choices(-1, 0)),
    layer("tf.keras.layers.Subtract", [normal(2, 3), normal(2, 3)]),
    layer("tf.keras.layers.UnitNormalization", normal(2, 3), axis=choices(-1, 0)),
    layer(
        "tf.keras.layers.UpSampling2D",
        normal(1, 2, 2, 2),
        size=[2, 3],
    ),
    # Interpolation is computed in float32 whatever the layer's dtype.
    layer(
        "tf.keras.layers.UpSampling2D",
        normal(1, 2, 2, 1),
        size=[2, 3],
        interpolation=choices("bilinear", "bicubic", "lanczos3"),
        dtypes=FLOAT32,
        variant="interpolated",
    ),
)
