"""Public functions of `tf.nn` that Python wraps around ops.

Others of `tf.nn` stand with the ops that they are about: `convolution`, `normalization`, `random`.
"""

from __future__ import annotations

from opcheck.domains import between, distinct, nonzero, normal, positive
from opcheck.spec import FLOAT32, choices, exactly, function, sample

_PADDINGS = choices("SAME", "VALID")
# Classes that were drawn, how often each was to be expected, and the labels' own counts.
_SAMPLED = (
    exactly([2, 0, 3], "int64"),
    exactly([[0.5], [0.75]], "float64"),
    exactly([0.5, 0.25, 0.75], "float64"),
)

ROWS = (
    # -- Cells, functions of functions ----------------------------------------------------------
    function(
        "opcheck.compositions.cell_on_device",
        x=normal(2, 2),
        state=normal(2, 2),
        covers=("tf.nn.RNNCellDeviceWrapper",),
    ),
    function(
        "opcheck.compositions.cell_with_dropout",
        x=normal(2, 2),
        state=normal(2, 2),
        input_keep=choices(0.5, 1.0),
        output_keep=0.6,
        state_keep=0.7,
        is_variational=choices(False, True),
        covers=("tf.nn.RNNCellDropoutWrapper",),
    ),
    # Probabilities that are tensors.
    function(
        "opcheck.compositions.cell_with_dropout",
        x=normal(1, 2),
        state=normal(1, 2),
        input_keep=between(0.5, 0.6)(),
        output_keep=between(0.5, 0.6)(),
        state_keep=1.0,
        is_variational=False,
        wrt=("input_keep", "output_keep"),
        variant="probabilities",
        covers=("tf.nn.RNNCellDropoutWrapper",),
    ),
    function(
        "opcheck.compositions.cell_with_residual",
        x=normal(2, 2),
        state=normal(2, 2),
        is_scaled=choices(False, True),
        covers=("tf.nn.RNNCellResidualWrapper",),
    ),
    function(
        "opcheck.compositions.dropout_of_sampler",
        x=normal(3, 4),
        rate=choices(0.3, between(0.3, 0.5)()),
        noise_shape=choices(None, [3, 1]),
        covers=("tf.nn.experimental.general_dropout",),
    ),
    function(
        "opcheck.compositions.spaced_convolution",
        x=normal(1, 4, 3, 1),
        filters=normal(2, 2, 1, 1),
        padding=_PADDINGS,
        covers=("tf.nn.with_space_to_batch",),
    ),
    # -- Activations ----------------------------------------------------------------------------
    function(
        "tf.nn.bias_add",
        sample("NHWC", value=normal(1, 2, 2, 2), bias=normal(2)),
        sample("NCHW", value=normal(1, 2, 2, 2), bias=normal(2), data_format="NCHW"),
        sample("matrix", value=normal(2, 3), bias=normal(3)),
    ),
    function("tf.nn.crelu", features=nonzero(2, 3), axis=choices(-1, 0)),
    function(
        "tf.nn.gelu",
        sample("tails", features=between(-8.0, 8.0)(3)),
        features=normal(2, 3),
        approximate=choices(False, True),
    ),
    function("tf.nn.isotonic_regression", inputs=distinct(2, 4), decreasing=True, axis=-1),
    function(
        "tf.nn.isotonic_regression",
        inputs=distinct(3, 2),
        decreasing=False,
        axis=0,
        variant="increasing",
    ),
    function("tf.nn.leaky_relu", features=nonzero(2, 3), alpha=choices(-0.5, 0.0, 0.2, 1.5)),
    function(
        "tf.nn.relu6",
        sample("below", features=between(-6.0, 0.0)(3)),
        sample("inside", features=between(0.0, 6.0)(2, 3)),
        sample("above", features=between(6.0, 12.0)(3)),
    ),
    function("tf.nn.silu", features=normal(2, 3), beta=normal()),
    # One slope a column.
    function("tf.nn.silu", features=normal(2, 3), beta=normal(3), variant="slopes"),
    function("tf.nn.silu", features=normal(3), beta=normal(2, 3), variant="wider-slopes"),
    # -- Convolutions ---------------------------------------------------------------------------
    function(
        "tf.nn.atrous_conv2d_transpose",
        value=normal(1, 3, 3, 2),
        filters=normal(2, 2, 1, 2),
        output_shape=[1, 3, 3, 1],
        rate=choices(1, 2),
        padding="SAME",
    ),
    function(
        "tf.nn.conv2d",
        sample(
            "strides",
            input=normal(1, 4, 3, 2),
            filters=normal(2, 2, 2, 1),
            strides=[2, 1],
            padding="SAME",
        ),
        sample(
            "explicit",
            input=normal(1, 3, 3, 1),
            filters=normal(2, 2, 1, 1),
            strides=1,
            padding=[[0, 0], [1, 0], [0, 1], [0, 0]],
        ),
        sample(
            "batches",
            input=normal(2, 2, 3, 3, 1),
            filters=normal(2, 2, 1, 1),
            strides=1,
            padding="VALID",
        ),
    ),
    function(
        "tf.nn.conv2d",
        input=normal(1, 4, 3, 1),
        filters=normal(2, 2, 1, 1),
        strides=1,
        padding="VALID",
        dilations=2,
        variant="dilated",
    ),
    function(
        "tf.nn.conv2d",
        input=normal(1, 3, 3, 2),
        filters=normal(2, 2, 1, 2),
        strides=1,
        padding="VALID",
        variant="grouped",
    ),
    function(
        "tf.nn.conv3d",
        input=normal(1, 2, 3, 2, 1),
        filters=normal(2, 2, 1, 1, 2),
        strides=[1, 1, 1, 1, 1],
        padding=_PADDINGS,
    ),
    function(
        "tf.nn.conv3d_transpose",
        input=normal(1, 1, 2, 2, 1),
        filters=normal(1, 2, 2, 1, 1),
        output_shape=[1, 1, 4, 2, 1],
        strides=[1, 2, 1],
        padding="SAME",
    ),
    function(
        "tf.nn.conv_transpose",
        sample(
            "line",
            input=normal(1, 2, 2),
            filters=normal(2, 1, 2),
            output_shape=[1, 4, 1],
            strides=2,
        ),
        sample(
            "plane",
            input=normal(1, 2, 2, 1),
            filters=normal(2, 2, 1, 1),
            output_shape=[1, 3, 3, 1],
            strides=1,
            padding="VALID",
        ),
        sample(
            "volume",
            input=normal(1, 1, 2, 2, 1),
            filters=normal(1, 2, 1, 1, 1),
            output_shape=[1, 1, 4, 2, 1],
            strides=[1, 2, 1],
        ),
    ),
    function(
        "tf.nn.convolution",
        sample("line", input=normal(1, 4, 1), filters=normal(2, 1, 2), padding="SAME"),
        sample(
            "dilated",
            input=normal(1, 4, 3, 1),
            filters=normal(2, 2, 1, 1),
            dilations=[2, 1],
            padding="SAME",
        ),
        sample(
            "strides",
            input=normal(1, 4, 3, 1),
            filters=normal(2, 2, 1, 1),
            strides=[2, 1],
        ),
    ),
    function(
        "tf.nn.convolution",
        input=normal(1, 2, 3, 2, 1),
        filters=normal(2, 2, 1, 1, 1),
        data_format=choices(None, "NDHWC"),
        variant="volume",
    ),
    function(
        "tf.nn.depthwise_conv2d",
        sample(
            "plain",
            input=normal(1, 3, 3, 2),
            filter=normal(2, 2, 2, 2),
            strides=[1, 1, 1, 1],
            padding="VALID",
        ),
        sample(
            "explicit",
            input=normal(1, 3, 3, 1),
            filter=normal(2, 2, 1, 1),
            strides=[1, 2, 2, 1],
            padding=[[0, 0], [1, 0], [0, 1], [0, 0]],
        ),
        sample(
            "dilated",
            input=normal(1, 4, 3, 1),
            filter=normal(2, 2, 1, 1),
            strides=[1, 1, 1, 1],
            padding="SAME",
            dilations=[2, 1],
        ),
    ),
    function(
        "tf.nn.depthwise_conv2d_backprop_filter",
        input=normal(1, 3, 3, 2),
        filter_sizes=[2, 2, 2, 1],
        out_backprop=normal(1, 2, 2, 2),
        strides=[1, 1, 1, 1],
        padding="VALID",
    ),
    function(
        "tf.nn.depthwise_conv2d_backprop_input",
        input_sizes=[1, 3, 3, 2],
        filter=normal(2, 2, 2, 1),
        out_backprop=normal(1, 2, 2, 2),
        strides=[1, 1, 1, 1],
        padding="VALID",
    ),
    function(
        "tf.nn.dilation2d",
        input=distinct(1, 3, 4, 1),
        filters=distinct(2, 2, 1),
        strides=choices([1, 1, 1, 1], [1, 1, 2, 1]),
        padding="SAME",
        data_format="NHWC",
        dilations=choices([1, 1, 1, 1], [1, 2, 1, 1]),
    ),
    # -- Pools ----------------------------------------------------------------------------------
    *(
        function(
            f"tf.nn.{name}_pool",
            sample("line", input=domain(1, 4, 1), ksize=2, strides=2, padding="VALID"),
            sample("plane", input=domain(1, 3, 3, 1), ksize=[2, 2], strides=1, padding="SAME"),
        )
        for name, domain in (("avg", normal), ("max", distinct))
    ),
    *(
        function(
            f"tf.nn.{name}_pool1d",
            input=domain(1, 4, 1),
            ksize=2,
            strides=choices(1, 2),
            padding=_PADDINGS,
        )
        for name, domain in (("avg", normal), ("max", distinct))
    ),
    *(
        function(
            f"tf.nn.{name}_pool2d",
            input=domain(1, 3, 3, 1),
            ksize=2,
            strides=choices(1, 2),
            padding=_PADDINGS,
        )
        for name, domain in (("avg", normal), ("max", distinct))
    ),
    # Few kernels pool volumes of float64.
    function(
        "tf.nn.avg_pool3d",
        input=normal(1, 2, 3, 2, 1),
        ksize=2,
        strides=1,
        padding=_PADDINGS,
        dtypes=FLOAT32,
    ),
    # In one window that holds all entries it is no matter which of them are equal.
    function(
        "tf.nn.max_pool3d",
        input=positive(1, 1, 1, 3, 1),
        ksize=[1, 1, 3],
        strides=1,
        padding=_PADDINGS,
        dtypes=FLOAT32,
    ),
    function(
        "tf.nn.max_pool3d",
        input=positive(1, 2, 3, 2, 1),
        ksize=2,
        strides=1,
        padding=_PADDINGS,
        dtypes=FLOAT32,
        variant="volume",
    ),
    function(
        "tf.nn.max_pool",
        input=distinct(1, 3, 3, 1),
        ksize=2,
        strides=1,
        padding=[[0, 0], [1, 0], [0, 1], [0, 0]],
        variant="explicit",
    ),
    function(
        "tf.nn.max_pool_with_argmax",
        input=distinct(2, 3, 3, 1),
        ksize=2,
        strides=choices(1, 2),
        padding="SAME",
        include_batch_in_index=choices(False, True),
    ),
    *(
        function(
            f"tf.nn.fractional_{name}_pool",
            value=domain(1, 4, 5, 1),
            pooling_ratio=[1.0, 1.5, 1.8, 1.0],
            pseudo_random=choices(False, True),
            overlapping=choices(False, True),
            seed=1,
        )
        for name, domain in (("avg", normal), ("max", distinct))
    ),
    *(
        function(
            f"tf.nn.{name}",
            input=normal(*shape),
            block_size=2,
        )
        for name, shape in (("depth_to_space", (1, 1, 2, 4)), ("space_to_depth", (1, 2, 4, 1)))
    ),
    # -- Tables of rows -------------------------------------------------------------------------
    function(
        "tf.nn.embedding_lookup",
        params=normal(3, 2),
        ids=[2, 0, 2],
        max_norm=choices(None, 0.5, 9.0),
    ),
    function(
        "tf.nn.embedding_lookup",
        params=[normal(2, 2), normal(2, 2)],
        ids=[3, 0, 3],
        max_norm=choices(None, 0.5),
        variant="parts",
    ),
    function(
        "opcheck.compositions.embedding_of_sparse",
        sample(
            "no-weights",
            params=normal(3, 2),
            weights=None,
            combiner="mean",
            max_norm=None,
            allow_fast_lookup=False,
        ),
        sample(
            "max-norm",
            params=normal(3, 2),
            weights=positive(4),
            combiner="sum",
            max_norm=0.5,
            allow_fast_lookup=False,
        ),
        sample(
            "fast",
            params=normal(3, 2),
            weights=positive(4),
            combiner="mean",
            max_norm=None,
            allow_fast_lookup=True,
        ),
        sample(
            "parts",
            params=[normal(2, 2), normal(1, 2)],
            weights=positive(4),
            combiner="sqrtn",
            max_norm=None,
            allow_fast_lookup=False,
        ),
        params=normal(3, 2),
        weights=positive(4),
        combiner=choices("sum", "mean", "sqrtn"),
        max_norm=None,
        allow_fast_lookup=False,
        covers=("tf.nn.embedding_lookup_sparse",),
    ),
    function(
        "opcheck.compositions.embedding_of_sparse_safely",
        params=normal(3, 2),
        weights=choices(None, positive(4)),
        combiner=choices("mean", "sqrtn"),
        default_id=choices(None, 2),
        max_norm=None,
        covers=("tf.nn.safe_embedding_lookup_sparse",),
    ),
    # -- Losses, statistics ---------------------------------------------------------------------
    function(
        "tf.nn.compute_average_loss",
        per_example_loss=between(-2.0, 2.0)(3),
        sample_weight=choices(None, positive(3)),
        global_batch_size=choices(None, 4),
        dtypes=FLOAT32,  # in which it is computed, whatever the dtype
    ),
    function("tf.nn.scale_regularization_loss", regularization_loss=normal()),
    function(
        "tf.nn.log_poisson_loss",
        targets=positive(3),
        log_input=normal(3),
        compute_full_loss=False,
        unjudged_at=("all=huge", "log_input=huge"),
    ),
    # Up to 1 nothing is added for the targets, beyond it Stirling's approximation is.
    function(
        "tf.nn.log_poisson_loss",
        targets=between(0.0, 1.0)(3),
        log_input=between(-1.0, 1.0)(3),
        compute_full_loss=True,
        variant="full",
    ),
    function(
        "tf.nn.log_poisson_loss",
        targets=between(1.0, 4.0)(3),
        log_input=between(-1.0, 1.0)(3),
        compute_full_loss=True,
        variant="full-above",
    ),
    function(
        "tf.nn.sparse_softmax_cross_entropy_with_logits",
        sample("vector", labels=[2, 0], logits=normal(2, 3)),
        sample("scalar", labels=1, logits=normal(3)),
        sample("matrix", labels=[[2, 0], [1, 1]], logits=normal(2, 2, 3)),
    ),
    function(
        "tf.nn.sufficient_statistics",
        x=normal(2, 3),
        axes=choices([0], [0, 1]),
        shift=choices(None, normal()),
        keepdims=choices(False, True),
    ),
    function(
        "tf.nn.nce_loss",
        weights=normal(4, 2),
        biases=normal(4),
        labels=exactly([[0], [1]], "int64"),
        inputs=normal(2, 2),
        num_sampled=3,
        num_classes=4,
        sampled_values=_SAMPLED,
        remove_accidental_hits=choices(False, True),
    ),
    function(
        "tf.nn.sampled_softmax_loss",
        weights=normal(4, 2),
        biases=normal(4),
        labels=exactly([[0], [1]], "int64"),
        inputs=normal(2, 2),
        num_sampled=3,
        num_classes=4,
        sampled_values=_SAMPLED,
        remove_accidental_hits=choices(False, True),
    ),
    function(
        "tf.nn.ctc_loss",
        sample(
            "blank-first",
            labels=[[1, 2]],
            logits=normal(3, 1, 3),
            label_length=[2],
            logit_length=[3],
        ),
        sample(
            "blank-last",
            labels=[[0], [1]],
            logits=normal(2, 2, 2),
            label_length=[1, 0],
            logit_length=[2, 1],
            blank_index=-1,
        ),
        sample(
            "batch-major",
            labels=[[1, 1]],
            logits=normal(1, 4, 2),
            label_length=[2],
            logit_length=[4],
            logits_time_major=False,
        ),
        dtypes=FLOAT32,
        # Whether a path that may not start carries the loss there is chance; tf.keras.losses.ctc
        # has one that does.
        unjudged_at=("logits=huge",),
    ),
    function(
        "opcheck.compositions.ctc_loss_of_sparse",
        logits=normal(3, 2, 3),
        logits_time_major=True,
        blank_index=choices(0, -1),
        covers=("tf.nn.ctc_loss",),
    ),
    function("tf.nn.ctc_greedy_decoder", inputs=distinct(2, 2, 3), sequence_length=[2, 1]),
    function(
        "tf.nn.ctc_beam_search_decoder",
        inputs=normal(2, 1, 3),
        sequence_length=[2],
        beam_width=8,
        top_paths=2,
    ),
    # Labels that are equal to their neighbours are left out, and with them the others move.
    function(
        "tf.nn.collapse_repeated",
        sample("row", labels=distinct(1, 2), seq_length=[2]),
        sample("rows", labels=distinct(2, 1), seq_length=[1, 0]),
        unjudged_at=("labels=equal", "labels=zeros"),
    ),
)
