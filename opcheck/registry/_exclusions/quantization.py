"""Names of `tf.quantization`."""

from __future__ import annotations

from opcheck.exclusions import Why, exclude

EXCLUSIONS = (
    exclude(
        Why.CLASS,
        (
            "tf.quantization.experimental.QuantizationComponentSpec",
            "tf.quantization.experimental.QuantizationMethod",
            "tf.quantization.experimental.QuantizationOptions",
            "tf.quantization.experimental.TfRecordRepresentativeDatasetSaver",
            "tf.quantization.experimental.UnitWiseQuantizationSpec",
        ),
    ),
    exclude(Why.FILE, "tf.quantization.experimental.quantize_saved_model", "no/such/model"),
)
