"""Public functions of `tf.image` that Python composes of ops.

Many of them compute in float32 whatever the image is, so these are judged in float32.
"""

from __future__ import annotations

from typing import Any

from opcheck.domains import between, distinct, near, normal, positive
from opcheck.spec import FLOAT32, choices, exactly, function

COLOURS = between(0.0, 1.0)
PIXELS = (1, 2, 3)
SEED = [3, 1]

# What images are changed with at random, and within what limits.
CHANGES: Any = (
    ("brightness", {"max_delta": 0.5}),
    ("contrast", {"lower": 0.5, "upper": 1.5}),
    ("flip_left_right", {}),
    ("flip_up_down", {}),
    ("hue", {"max_delta": 0.25}),
    ("jpeg_quality", {"min_jpeg_quality": 70, "max_jpeg_quality": 90}),
    ("saturation", {"lower": 0.5, "upper": 1.5}),
)

# An image of four rows, each of which rises.
ALIKE = [
    [[[round(0.2 + 0.05 * row + 0.15 * column, 2)] for column in range(4)] for row in range(4)]
]

ROWS = (
    function(
        "tf.image.adjust_contrast",
        images=COLOURS(1, 2, 2),
        contrast_factor=positive(),
        dtypes=FLOAT32,
    ),
    function("tf.image.adjust_hue", image=COLOURS(1, 2, 3), delta=0.1, dtypes=FLOAT32),
    # Pixels become whole numbers on the way: constant between their steps.
    function(
        "tf.image.adjust_jpeg_quality", image=COLOURS(1, 2, 3), jpeg_quality=80, dtypes=FLOAT32
    ),
    function(
        "tf.image.adjust_saturation", image=COLOURS(1, 2, 3), saturation_factor=0.75, dtypes=FLOAT32
    ),
    function(
        "tf.image.combined_non_max_suppression",
        boxes=COLOURS(1, 3, 1, 4),
        scores=distinct(1, 3, 1),
        max_output_size_per_class=2,
        max_total_size=2,
        clip_boxes=False,
        dtypes=FLOAT32,
    ),
    function(
        "tf.image.convert_image_dtype",
        image=COLOURS(2, 3),
        dtype=choices("float32", "float64"),
        saturate=choices(False, True),
    ),
    function(
        "tf.image.crop_and_resize",
        image=normal(1, 3, 3, 1),
        boxes=between(0.05, 0.95)(2, 4),
        box_indices=[0, 0],
        crop_size=[2, 2],
        dtypes=FLOAT32,
    ),
    function(
        "tf.image.crop_to_bounding_box",
        image=normal(3, 3, 1),
        offset_height=1,
        offset_width=0,
        target_height=2,
        target_width=2,
    ),
    function(
        "tf.image.draw_bounding_boxes",
        images=COLOURS(1, 3, 3, 1),
        boxes=exactly([[[0.0, 0.0, 0.5, 0.5]]], "float32"),
        colors=COLOURS(1, 1),
        dtypes=FLOAT32,
    ),
    function(
        "tf.image.extract_glimpse",
        input=normal(1, 4, 4, 1),
        size=[2, 2],
        offsets=[[0.0, 0.25]],
        dtypes=FLOAT32,
    ),
    function(
        "tf.image.extract_patches",
        images=normal(1, 3, 3, 1),
        sizes=[1, 2, 2, 1],
        strides=[1, 1, 2, 1],
        rates=[1, 1, 1, 1],
        padding=choices("SAME", "VALID"),
    ),
    function("tf.image.flip_left_right", image=normal(1, 2, 3, 1)),
    function("tf.image.flip_up_down", image=normal(2, 3, 1)),
    function(
        "tf.image.non_max_suppression_with_scores",
        boxes=exactly(
            [[0.0, 0.0, 1.0, 1.0], [0.0, 0.125, 1.0, 1.125], [0.5, 0.5, 1.0, 1.0]], "float32"
        ),
        scores=between(0.5, 1.0)(3),
        max_output_size=3,
        soft_nms_sigma=choices(0.0, 0.5),
        dtypes=FLOAT32,
    ),
    function(
        "tf.image.pad_to_bounding_box",
        image=normal(1, 2, 2, 1),
        offset_height=1,
        offset_width=0,
        target_height=3,
        target_width=3,
    ),
    # -- At random, with the seed fixed ---------------------------------------------------------
    # The seed is set anew before each call, which takes its time: the functions without a state,
    # which draw and go on alike, are those that go to special points.
    *(
        function(
            "opcheck.compositions.of_composites",
            function=f"tf.image.random_{name}",
            image=COLOURS(1, 1, 3),
            dtypes=FLOAT32,
            covers=(f"tf.image.random_{name}",),
            variant=name,
            **arguments,
        )
        for name, arguments in CHANGES
    ),
    function(
        # Where all entries are alike nothing would tell that the place is drawn anew.
        "opcheck.compositions.drawn_alike",
        function="tf.image.random_crop",
        value=normal(2, 3),
        size=[2, 2],
        covers=("tf.image.random_crop",),
    ),
    *(
        function(
            f"tf.image.stateless_random_{name}",
            image=COLOURS(*PIXELS),
            seed=SEED,
            dtypes=FLOAT32,
            **arguments,
        )
        for name, arguments in CHANGES
    ),
    function("tf.image.stateless_random_crop", value=normal(3, 3), size=[2, 2], seed=SEED),
    # Where the box lies is drawn and rounded to pixels: constant in the boxes to overlap with.
    *(
        function(
            f"tf.image.{name}",
            image_size=[6, 6, 1],
            bounding_boxes=between(0.1, 0.9)(1, 1, 4),
            min_object_covered=0.0,
            seed=seed,
            dtypes=FLOAT32,
        )
        for name, seed in (
            ("sample_distorted_bounding_box", 1),
            ("stateless_sample_distorted_bounding_box", SEED),
        )
    ),
    # -- Shapes --------------------------------------------------------------------------------
    function(
        "tf.image.resize",
        images=normal(1, 2, 3, 1),
        size=[3, 2],
        method=choices("gaussian", "lanczos5", "mitchellcubic", "nearest"),
        dtypes=FLOAT32,
        variant="methods",
    ),
    function(
        "tf.image.resize",
        images=normal(2, 3, 1),
        size=[2, 2],
        preserve_aspect_ratio=True,
        dtypes=FLOAT32,
        variant="aspect",
    ),
    function(
        "tf.image.resize",
        images=normal(1, 2, 3, 1),
        size=[1, 2],
        method="area",
        dtypes=FLOAT32,
        variant="area",
    ),
    function(
        "tf.image.resize_with_crop_or_pad",
        image=normal(1, 3, 3, 1),
        target_height=2,
        target_width=4,
    ),
    function(
        "tf.image.resize_with_pad",
        image=normal(1, 2, 3, 1),
        target_height=3,
        target_width=2,
        method=choices("bilinear", "bicubic"),
        antialias=choices(False, True),
        dtypes=FLOAT32,
    ),
    function("tf.image.rot90", image=normal(1, 2, 3, 1), k=choices(1, 2, 3)),
    function("tf.image.transpose", image=normal(1, 2, 3, 1)),
    # -- Likeness, which is the same with the two images exchanged -----------------------------
    function(
        "tf.image.ssim",
        img1=COLOURS(1, 2, 3, 1),
        img2=COLOURS(1, 2, 3, 1),
        max_val=1.0,
        filter_size=2,
        return_index_map=choices(False, True),
        wrt=("img1",),
        unjudged_at=("img1=high",),
        dtypes=FLOAT32,
    ),
    function(
        "tf.image.ssim_multiscale",
        # Alike enough that their contrasts go together: where they go against each other the
        # likeness is cut off at 0.
        img1=near(ALIKE, 0.05)(1, 4, 4, 1),
        img2=ALIKE,
        max_val=1.0,
        filter_size=2,
        power_factors=[0.4, 0.6],
        wrt=("img1",),
        unjudged_at=("img1=huge",),
        dtypes=FLOAT32,
    ),
)
