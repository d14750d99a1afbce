"""Keras losses: the derivative by the prediction."""

from __future__ import annotations

from opcheck.domains import between, filled, indices, integers, near, nonzero, normal, positive
from opcheck.spec import FLOAT32, REALS, choices, exactly, function, loss, sample

REDUCTIONS = choices("sum_over_batch_size", "sum", "none", "mean", "mean_with_sample_weight")
# Class labels as zeros and ones; the hinges turn these into -1 and 1.
LABELS = integers(0, 2)(2, 3)
SHARES = between(0.0, 1.0)(2, 3)
UNLIKELY = near([[[-3.0, -1.0, 1.0]] * 2], 0.25)(1, 2, 3)
STEEP = near([[[-90.0, -30.0, 30.0]] * 2], 1.0)(1, 2, 3)

ROWS = (
    loss(
        "tf.keras.losses.BinaryCrossentropy",
        sample("logits", LABELS, normal(2, 3), from_logits=True),
        sample("logits-smoothing", LABELS, normal(2, 3), from_logits=True, label_smoothing=0.2),
        sample("smoothing", LABELS, between(0.0, 1.0)(2, 3), label_smoothing=0.2),
        sample("soft_labels", SHARES, between(0.0, 1.0)(2, 3)),
        LABELS,
        between(0.0, 1.0)(2, 3),
        reduction=REDUCTIONS,
    ),
    loss(
        "tf.keras.losses.BinaryFocalCrossentropy",
        sample("logits", LABELS, normal(2, 3), from_logits=True),
        LABELS,
        between(0.0, 1.0)(2, 3),
        gamma=choices(1.0, 2.0),
        apply_class_balancing=choices(False, True),
    ),
    loss(
        "tf.keras.losses.CategoricalCrossentropy",
        sample("smoothing", SHARES, between(0.0, 1.0)(2, 3), label_smoothing=0.2),
        sample("axis", SHARES, between(0.0, 1.0)(2, 3), axis=0),
        SHARES,
        between(0.0, 1.0)(2, 3),
        reduction=REDUCTIONS,
        unjudged_at=("1=low",),
    ),
    loss(
        "tf.keras.losses.CategoricalFocalCrossentropy",
        sample("logits", SHARES, normal(2, 3), from_logits=True),
        sample("smoothing", SHARES, between(0.0, 1.0)(2, 3), label_smoothing=0.2),
        SHARES,
        between(0.0, 1.0)(2, 3),
        gamma=choices(1.0, 2.0),
    ),
    # The likeliest path starts with the second label, which the loss does not allow.
    loss("tf.keras.losses.CTC", [[1, 2]], UNLIKELY, dtypes=FLOAT32),
    loss(
        "tf.keras.losses.CTC",
        sample("steep", [[1, 2]], STEEP),
        [[1, 2], [2, 1]],
        normal(2, 3, 3),
        reduction=choices("sum", "none"),
        dtypes=FLOAT32,
        variant="batch",
    ),
    loss(
        "tf.keras.losses.CategoricalGeneralizedCrossEntropy",
        indices(3)(2),
        SHARES,
        q=choices(0.5, 0.9),
    ),
    loss(
        "tf.keras.losses.Circle",
        [0, 1, 0],
        normal(3, 2),
        gamma=choices(2.0, 8.0),
        margin=choices(0.4, 0.2),
    ),
    loss("tf.keras.losses.CategoricalHinge", SHARES, normal(2, 3), reduction=REDUCTIONS),
    loss(
        "tf.keras.losses.CosineSimilarity",
        normal(2, 3),
        normal(2, 3),
        axis=choices(-1, 0),
        reduction=REDUCTIONS,
    ),
    loss(
        "tf.keras.losses.Dice",
        sample("axis", between(0.0, 1.0)(2, 3), between(0.0, 1.0)(2, 3), axis=[1]),
        between(0.0, 1.0)(2, 3),
        between(0.0, 1.0)(2, 3),
    ),
    loss("tf.keras.losses.Hinge", LABELS, between(-0.9, 0.9)(2, 3), reduction=REDUCTIONS),
    loss("tf.keras.losses.Huber", normal(2, 3), normal(2, 3), delta=choices(0.5, 1.0, 2.0)),
    loss(
        "tf.keras.losses.KLDivergence",
        between(0.0, 1.0)(2, 3),
        between(0.0, 1.0)(2, 3),
        reduction=REDUCTIONS,
        unjudged_at=("1=low",),
    ),
    loss("tf.keras.losses.LogCosh", normal(2, 3), normal(2, 3), reduction=REDUCTIONS),
    loss("tf.keras.losses.MeanAbsoluteError", normal(2, 3), normal(2, 3), reduction=REDUCTIONS),
    loss(
        "tf.keras.losses.MeanAbsolutePercentageError",
        nonzero(2, 3),
        normal(2, 3),
        reduction=REDUCTIONS,
    ),
    loss(
        "tf.keras.losses.MeanSquaredError",
        sample("weighted", normal(2, 3), normal(2, 3), positive(2)),
        sample("3d", normal(2, 2, 3), normal(2, 2, 3), reduction="none"),
        normal(2, 3),
        normal(2, 3),
        reduction=REDUCTIONS,
    ),
    loss(
        "tf.keras.losses.MeanSquaredLogarithmicError",
        positive(2, 3),
        positive(2, 3),
        reduction=REDUCTIONS,
    ),
    loss("tf.keras.losses.Poisson", positive(2, 3), positive(2, 3), reduction=REDUCTIONS),
    loss(
        "tf.keras.losses.SparseCategoricalCrossentropy",
        sample("ignored", indices(3)(4), normal(4, 3), from_logits=True, ignore_class=1),
        sample("logits", indices(3)(2), normal(2, 3), from_logits=True),
        sample("sequence", indices(3)(2, 2), normal(2, 2, 3), from_logits=True),
        indices(3)(2),
        between(0.0, 1.0)(2, 3),
        reduction=REDUCTIONS,
    ),
    loss("tf.keras.losses.SquaredHinge", LABELS, between(-0.9, 0.9)(2, 3), reduction=REDUCTIONS),
    loss(
        "tf.keras.losses.Tversky",
        between(0.0, 1.0)(2, 3),
        between(0.0, 1.0)(2, 3),
        alpha=choices(0.5, 0.3),
        beta=choices(0.5, 0.7),
    ),
    # Labels may be tensors with a gradient of their own, so both sides are judged.
    function(
        "tf.keras.losses.binary_crossentropy",
        sample("smoothing", y_true=SHARES, y_pred=SHARES, label_smoothing=0.2),
        y_true=SHARES,
        y_pred=normal(2, 3),
        from_logits=True,
        unjudged_at=("y_pred=low", "y_pred=high"),
    ),
    function(
        "tf.keras.losses.binary_focal_crossentropy",
        y_true=SHARES,
        y_pred=SHARES,
        gamma=choices(1.0, 2.0),
    ),
    function(
        "tf.keras.losses.categorical_focal_crossentropy",
        y_true=SHARES,
        y_pred=SHARES,
        gamma=choices(1.0, 2.0),
        unjudged_at=("y_pred=low",),
    ),
    function(
        "tf.keras.losses.categorical_generalized_cross_entropy",
        y_true=exactly([0, 2], "int64"),
        y_pred=SHARES,
        q=choices(0.5, 0.9),
    ),
    function("tf.keras.losses.categorical_hinge", y_true=SHARES, y_pred=normal(2, 3)),
    function(
        "tf.keras.losses.circle",
        y_true=exactly([0, 1, 0], "int64"),
        y_pred=normal(3, 2),
        gamma=choices(2.0, 8.0),
    ),
    function(
        "tf.keras.losses.cosine_similarity",
        y_true=normal(2, 3),
        y_pred=normal(2, 3),
        axis=choices(-1, 0),
    ),
    function(
        "tf.keras.losses.ctc", y_true=exactly([[1, 2]], "int64"), y_pred=UNLIKELY, dtypes=FLOAT32
    ),
    function(
        "tf.keras.losses.ctc",
        sample("steep", y_true=exactly([[1, 2]], "int64"), y_pred=STEEP),
        y_true=exactly([[1, 2], [2, 1]], "int64"),
        y_pred=normal(2, 3, 3),
        dtypes=FLOAT32,
        variant="batch",
    ),
    function("tf.keras.losses.dice", y_true=SHARES, y_pred=SHARES),
    function("tf.keras.losses.hinge", y_true=[[0.0, 1.0, 1.0]], y_pred=between(-0.9, 0.9)(1, 3)),
    function(
        "tf.keras.losses.huber", y_true=normal(2, 3), y_pred=normal(2, 3), delta=choices(0.5, 2.0)
    ),
    function(
        "keras.losses.kl_divergence",
        y_true=between(0.0, 1.0)(2, 3),
        y_pred=between(0.0, 1.0)(2, 3),
        unjudged_at=("y_true=low", "y_pred=low"),
    ),
    function("keras.losses.log_cosh", y_true=normal(2, 3), y_pred=normal(2, 3)),
    function("keras.losses.mean_absolute_error", y_true=normal(1, 3), y_pred=normal(1, 3)),
    # Shares of what is below 1e-7 are shares of that: beside both at 1e-30 all kinks are one.
    function(
        "keras.losses.mean_absolute_percentage_error",
        sample("negative", y_true=nonzero(1, 2), y_pred=between(-2.0, -0.25)(1, 2)),
        sample("small", y_true=near([[2e-8, -3e-8]], 1e-9)(1, 2), y_pred=normal(1, 2)),
        sample("zeros", y_true=nonzero(1, 2), y_pred=filled(0.0)(1, 2)),
        y_true=nonzero(1, 3),
        y_pred=between(0.25, 2.0)(1, 3),
    ),
    function("keras.losses.mean_squared_error", y_true=normal(2, 3), y_pred=normal(2, 3)),
    function(
        "keras.losses.mean_squared_logarithmic_error",
        y_true=between(0.25, 2.0)(2, 3),
        y_pred=between(0.25, 2.0)(2, 3),
    ),
    function("tf.keras.losses.poisson", y_true=positive(2, 3), y_pred=positive(2, 3)),
    function(
        "tf.keras.losses.sparse_categorical_crossentropy",
        sample(
            "ignored",
            y_true=exactly([0, 1], "int64"),
            y_pred=normal(2, 3),
            from_logits=True,
            ignore_class=1,
        ),
        y_true=exactly([0, 1], "int64"),
        y_pred=between(0.0, 1.0)(2, 3),
    ),
    function(
        "tf.keras.losses.squared_hinge", y_true=[[0.0, 1.0, 1.0]], y_pred=between(-0.9, 0.9)(1, 3)
    ),
    function(
        "tf.keras.losses.tversky", y_true=SHARES, y_pred=SHARES, alpha=choices(0.5, 0.3), beta=0.7
    ),
    # The fused kernel for logits is defined for targets that are distributions, so they are given.
    function(
        "tf.keras.losses.categorical_crossentropy",
        y_true=[[0.0, 0.0, 1.0], [0.5, 0.25, 0.25]],
        y_pred=normal(2, 3),
        from_logits=True,
        label_smoothing=choices(0.0, 0.2),
        dtypes=REALS,
    ),
)
