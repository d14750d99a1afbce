"""Keras layers that convolve, pool and sample up."""

from __future__ import annotations

from opcheck.domains import between, distinct, normal
from opcheck.spec import FLOAT32, choices, exactly, layer, sample

ROWS = (
    layer("tf.keras.layers.AdaptiveAveragePooling1D", normal(1, 5, 2), output_size=choices(2, 5)),
    layer("tf.keras.layers.AdaptiveAveragePooling2D", normal(1, 3, 4, 1), output_size=[2, 3]),
    layer(
        "tf.keras.layers.AdaptiveAveragePooling3D",
        normal(1, 3, 3, 4, 1),
        output_size=[2, 2, 2],
        dtypes=FLOAT32,
    ),
    layer("tf.keras.layers.AdaptiveMaxPooling1D", distinct(1, 5, 2), output_size=2),
    layer("tf.keras.layers.AdaptiveMaxPooling2D", distinct(1, 3, 4, 1), output_size=[2, 2]),
    # An output of size 1 ends the process: a division by zero in a kernel. Special points go to
    # windows of one entry, where it is certain that no tie lies in one.
    layer(
        "tf.keras.layers.AdaptiveMaxPooling3D",
        distinct,
        output_size=[2, 2, 2],
        shapes=((2, 2, 2, 2, 1), (1, 2, 2, 3, 1)),
        dtypes=FLOAT32,
    ),
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
    # Pooling over volumes has no kernel in double precision.
    layer(
        "tf.keras.layers.AveragePooling3D",
        normal(1, 2, 3, 2, 1),
        pool_size=2,
        strides=1,
        padding=choices("valid", "same"),
        dtypes=FLOAT32,
    ),
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
        "tf.keras.layers.Conv2D",
        between(-2.0, 2.0)(1, 3, 2, 1),
        filters=1,
        kernel_size=2,
        dtype=choices("mixed_float16", "mixed_bfloat16"),
        dtypes=FLOAT32,
        variant="mixed",
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
        "tf.keras.layers.Conv3DTranspose",
        normal(1, 2, 2, 2, 1),
        filters=1,
        kernel_size=2,
        strides=choices(1, 2),
        padding=choices("valid", "same"),
    ),
    layer(
        "tf.keras.layers.DepthwiseConv1D",
        normal(1, 4, 2),
        kernel_size=2,
        depth_multiplier=choices(1, 2),
        padding=choices("valid", "same"),
    ),
    layer(
        "tf.keras.layers.DepthwiseConv2D",
        normal(1, 3, 2, 2),
        kernel_size=2,
        depth_multiplier=choices(1, 2),
        padding=choices("valid", "same"),
    ),
    layer(
        "tf.keras.layers.GlobalAveragePooling1D",
        sample("masked", normal(1, 3, 2), call={"mask": exactly([[True, True, False]], "bool")}),
        normal(1, 3, 2),
        keepdims=choices(False, True),
    ),
    layer(
        "tf.keras.layers.GlobalAveragePooling2D", normal(2, 2, 3, 2), keepdims=choices(False, True)
    ),
    layer("tf.keras.layers.GlobalAveragePooling3D", normal(1, 2, 2, 2, 1)),
    layer("tf.keras.layers.GlobalMaxPooling1D", distinct(2, 3, 2)),
    layer(
        "tf.keras.layers.GlobalMaxPooling2D", distinct(1, 2, 3, 1), keepdims=choices(False, True)
    ),
    layer("tf.keras.layers.GlobalMaxPooling3D", distinct(1, 2, 2, 2, 1)),
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
    layer(
        "tf.keras.layers.MaxPooling3D",
        distinct(1, 2, 2, 2, 1),
        pool_size=2,
        strides=1,
        padding=choices("valid", "same"),
        dtypes=FLOAT32,
    ),
    layer("tf.keras.layers.SeparableConv1D", normal(1, 4, 2), filters=2, kernel_size=2),
    layer(
        "tf.keras.layers.SeparableConv2D",
        normal(1, 3, 3, 2),
        filters=2,
        kernel_size=2,
        padding=choices("valid", "same"),
    ),
    layer("tf.keras.layers.UpSampling1D", normal(1, 2, 2), size=2),
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
    layer("tf.keras.layers.UpSampling3D", normal(1, 1, 2, 2, 1), size=[2, 1, 2]),
)
