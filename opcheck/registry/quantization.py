"""Fake quantization: rounding to a grid whose documented gradient passes straight through.

The fake-quant kernels know no dtype but float32.
"""

from __future__ import annotations

from opcheck.domains import between, normal, positive
from opcheck.spec import FLOAT32, FLOATS, choices, function, op, sample

# Inside of the range, below it and above it, and clear of its ends.
AROUND = choices(between(-0.9, 0.9)(2, 3), between(-3.0, -1.3)(3), between(1.3, 3.0)(4))
LOW, HIGH = between(-1.2, -1.0), between(1.0, 1.2)
# The larger of the two ends, so that a grid around zero is as wide as this one says.
WIDE = between(1.4, 1.6)
# Of the output: whether it has one, numbers to quantize, the lower end, and the row's variant.
SIGNS = ((True, normal, -1.0, ""), (False, positive, 0.0, "unsigned"))

ROWS = (
    # Levels are linear in the ends of their range.
    function(
        "opcheck.compositions.dequantized",
        min_range=LOW(),
        max_range=HIGH(),
        mode=choices("MIN_COMBINED", "MIN_FIRST", "SCALED"),
        axis=None,
        dtypes=FLOAT32,
        covers=("tf.quantization.dequantize",),
    ),
    function(
        "opcheck.compositions.dequantized",
        min_range=LOW(3),
        max_range=HIGH(3),
        mode="SCALED",
        axis=-1,
        dtypes=FLOAT32,
        variant="columns",
        covers=("tf.quantization.dequantize",),
    ),
    function(
        "opcheck.compositions.quantized_concat_of_ranges",
        input_mins=[between(-1.2, -1.0)(), between(-0.9, -0.8)()],
        input_maxes=[between(0.8, 0.9)(), between(1.0, 1.2)()],
        dtypes=FLOAT32,
        covers=("tf.quantization.quantized_concat",),
    ),
    function(
        "opcheck.compositions.quantized_range",
        x=between(-0.9, 0.9)(2, 3),
        min_range=LOW(),
        max_range=WIDE(),
        mode=choices("MIN_COMBINED", "SCALED"),
        dtypes=FLOAT32,
        covers=("tf.quantization.quantize",),
    ),
    op(
        "FakeQuantWithMinMaxArgs",
        inputs=AROUND,
        min=-1.1,
        max=1.0,
        num_bits=choices(2, 8),
        narrow_range=choices(False, True),
        dtypes=FLOAT32,
        variant="around",
    ),
    op("FakeQuantWithMinMaxArgs", inputs=normal, shapes=((), (0,), (2, 1)), dtypes=FLOAT32),
    op(
        "FakeQuantWithMinMaxVars",
        sample("scalar", inputs=between(-0.9, 0.9)(), min=LOW(), max=HIGH()),
        sample("empty", inputs=normal(2, 0), min=LOW(), max=HIGH()),
        # Zero must lie on the grid, so a range on one side of it is moved there.
        sample("moved", inputs=between(0.1, 0.7)(3), min=0.2, max=1.0),
        dtypes=FLOAT32,
    ),
    op(
        "FakeQuantWithMinMaxVars",
        inputs=AROUND,
        min=LOW(),
        max=HIGH(),
        num_bits=choices(2, 8),
        narrow_range=choices(False, True),
        dtypes=FLOAT32,
        variant="around",
    ),
    # Of two bits and ends that far apart in size, zero is nowhere near halfway between two points of
    # the grid, where the range that the kernel moves to jumps.
    op(
        "FakeQuantWithMinMaxVarsPerChannel",
        sample("vector", inputs=between(-0.9, 0.9)(3), min=LOW(3), max=HIGH(3)),
        sample("rank3", inputs=normal(2, 1, 2), min=LOW(2), max=HIGH(2)),
        sample("rank4", inputs=normal(1, 2, 1, 2), min=LOW(2), max=HIGH(2)),
        inputs=choices(
            between(-0.9, 0.9)(2, 3), between(-3.0, -1.3)(1, 3), between(1.5, 3.0)(4, 3)
        ),
        min=between(-0.8, -0.6)(3),
        max=HIGH(3),
        num_bits=choices(2, 8),
        narrow_range=choices(False, True),
        dtypes=FLOAT32,
    ),
    # The gradient passes everything through, in the range and out of it. What is drawn has the sign
    # that the output can have: without one the range of negative numbers is empty, and values
    # overflow.
    *(
        op(
            "QuantizeAndDequantizeV2",
            input=numbers(2, 3),
            input_min=low,
            input_max=1.0,
            range_given=choices(False, True),
            signed_input=choices(is_signed),
            narrow_range=choices(False, True),
            num_bits=4,
            round_mode=choices("HALF_TO_EVEN", "HALF_UP"),
            dtypes=FLOATS,
            variant=variant,
        )
        for is_signed, numbers, low, variant in SIGNS
    ),
    *(
        op(
            name,
            input=between(-0.9, 0.9)(2, 3),
            input_min=LOW(),
            input_max=WIDE(),
            num_bits=4,
            range_given=True,
            variant="range",
        )
        for name in ("QuantizeAndDequantizeV2", "QuantizeAndDequantizeV3")
    ),
    # A given range for each channel is refused on the CPU, here and in version 4.
    op(
        "QuantizeAndDequantizeV2",
        input=normal(2, 3),
        input_min=[-1.0, -0.5, -1.5],
        input_max=[1.0, 0.5, 1.5],
        axis=1,
        range_given=False,
        variant="channels",
    ),
    *(
        op(
            "QuantizeAndDequantizeV3",
            input=numbers(2, 3),
            input_min=low,
            input_max=1.0,
            num_bits=4,
            range_given=choices(False, True),
            signed_input=choices(is_signed),
            narrow_range=choices(False, True),
            dtypes=FLOATS,
            variant=variant,
        )
        for is_signed, numbers, low, variant in SIGNS
    ),
    op(
        "QuantizeAndDequantizeV3",
        input=normal(2, 3),
        input_min=[-1.0, -0.5, -1.5],
        input_max=[1.0, 0.5, 1.5],
        num_bits=8,
        axis=1,
        variant="channels",
    ),
    op(
        "QuantizeAndDequantizeV4",
        input=AROUND,
        input_min=LOW(),
        input_max=WIDE(),
        range_given=True,
        signed_input=choices(False, True),
        narrow_range=choices(False, True),
        num_bits=4,
        round_mode=choices("HALF_TO_EVEN", "HALF_UP"),
        wrt=("input",),
        dtypes=FLOATS,
    ),
    # Beyond the range the output is its end, but the gradient by the ends is written as 0.
    op(
        "QuantizeAndDequantizeV4",
        input=between(1.8, 3.0)(3),
        input_min=LOW(),
        input_max=WIDE(),
        range_given=True,
        signed_input=choices(False, True),
        wrt=("input_max",),
        variant="beyond",
    ),
    op(
        "QuantizeAndDequantizeV4",
        input=between(-3.0, -1.8)(3),
        input_min=between(-1.6, -1.4)(),
        input_max=between(1.0, 1.2)(),
        range_given=True,
        wrt=("input_min",),
        variant="below",
    ),
    # Without a given range no input lies outside of it, but the gradient looks at the ends still.
    op(
        "QuantizeAndDequantizeV4",
        sample("whole", input=between(1.8, 3.0)(2, 3), input_min=-1.0, input_max=1.0),
        sample(
            "columns",
            input=between(1.8, 3.0)(2, 3),
            input_min=[-1.0, -1.0, -1.0],
            input_max=[1.0, 1.0, 1.0],
            axis=1,
        ),
        variant="own-range",
    ),
    op(
        "QuantizeAndDequantizeV4",
        input=between(-0.9, 0.9)(2, 3),
        input_min=[-1.0, -1.0, -1.0],
        input_max=[1.0, 1.0, 1.0],
        axis=1,
        variant="channels",
    ),
    op(
        "QuantizeAndDequantizeV4Grad",
        gradients=normal(2, 3),
        input=between(-0.9, 0.9)(2, 3),
        input_min=LOW(),
        input_max=WIDE(),
        dtypes=FLOATS,
    ),
    function(
        "tf.quantization.quantize_and_dequantize",
        input=normal(2, 3),
        input_min=-1.0,
        input_max=1.0,
        num_bits=4,
        range_given=choices(False, True),
    ),
    function(
        "tf.quantization.quantize_and_dequantize",
        input=positive(2, 3),
        input_min=0.0,
        input_max=1.0,
        signed_input=False,
        num_bits=4,
        range_given=choices(False, True),
        variant="unsigned",
    ),
    function(
        "tf.quantization.quantize_and_dequantize_v2",
        input=AROUND,
        input_min=LOW(),
        input_max=WIDE(),
        num_bits=4,
        range_given=True,
        narrow_range=choices(False, True),
        wrt=("input",),
    ),
    function(
        "tf.quantization.quantize_and_dequantize_v2",
        input=between(1.8, 3.0)(3),
        input_min=LOW(),
        input_max=WIDE(),
        range_given=True,
        wrt=("input_max",),
        variant="beyond",
    ),
    function(
        "tf.quantization.quantize_and_dequantize_v2",
        input=between(1.8, 3.0)(2, 3),
        input_min=-1.0,
        input_max=1.0,
        variant="own-range",
    ),
)
