"""Random ops at fixed seeds: samples as functions of the parameters of their distributions."""

from __future__ import annotations

from opcheck.domains import between, normal, positive
from opcheck.spec import DTYPE, choices, function

ROWS = (
    function(
        "opcheck.compositions.gamma_quantile",
        alpha=choices(positive(), positive(2), between(2.0, 6.0)(3)),
        seed=1,
        covers=("RandomGamma",),
    ),
    function(
        "opcheck.compositions.gumbel",
        location=choices(normal(3), normal(2, 1)),
        scale=positive(3),
        shape=[2, 3],
        seed=[1, 2],
    ),
    function(
        "opcheck.compositions.stateless_gamma_quantile",
        alpha=choices(positive(), positive(2), between(2.0, 6.0)(3, 2)),
        shape=[3, 2],
        seed=[1, 2],
        covers=("StatelessRandomGammaV3",),
    ),
    function(
        "opcheck.compositions.stateless_gamma_v2_quantile",
        alpha=choices(positive(2), between(2.0, 6.0)(3, 2)),
        shape=[3, 2],
        seed=[1, 2],
        covers=("StatelessRandomGammaV2",),
    ),
    function(
        "opcheck.compositions.truncated_normal_quantile",
        means=choices(normal(2), normal()),
        stddevs=positive(2),
        minvals=choices(between(-4.0, -2.0)(2), between(-4.0, -2.0)(3, 1)),
        maxvals=between(2.0, 4.0)(2),
        shape=[3, 2],
        seed=[1, 2],
        wrt=("minvals", "maxvals"),  # the others have a row of their own
        covers=("StatelessParameterizedTruncatedNormal",),
    ),
    # Edges too far off to be felt: the sample is mean + stddev * noise.
    function(
        "opcheck.compositions.truncated_normal_quantile",
        means=choices(normal(2), normal()),
        stddevs=choices(positive(2), positive(3, 1)),
        minvals=between(-40.0, -20.0)(2),
        maxvals=between(20.0, 40.0)(2),
        shape=[3, 2],
        seed=[1, 2],
        covers=("StatelessParameterizedTruncatedNormal",),
        variant="far_edges",
    ),
    # Moving everything by t moves the sample by t, so the derivatives by the mean and by both
    # edges add up to 1; by the mean alone it is less than 1, plainly so at edges within a few
    # deviations.
    function(
        "opcheck.compositions.truncated_normal_quantile",
        means=between(-0.5, 0.5)(2),
        stddevs=between(1.0, 2.0)(2),
        minvals=between(-2.5, -1.5)(2),
        maxvals=between(1.5, 2.5)(2),
        shape=[3, 2],
        seed=[1, 2],
        wrt=("means", "stddevs"),  # the edges have a row of their own
        covers=("StatelessParameterizedTruncatedNormal",),
        variant="location_and_scale",
    ),
    function(
        "tf.nn.dropout",
        x=normal(3, 4),
        rate=choices(0.3, between(0.3, 0.5)()),
        noise_shape=choices(None, [3, 1]),
        seed=1,
    ),
    function(
        "tf.nn.experimental.stateless_dropout",
        x=normal(3, 4),
        rate=choices(0.3, 0.6),
        seed=[1, 2],
        noise_shape=choices(None, [1, 4]),
    ),
    function(
        "tf.random.experimental.stateless_shuffle", value=normal(4, 2), seed=choices([1, 2], [3, 4])
    ),
    # The samples for alpha are judged by their quantiles, above.
    function(
        "tf.random.gamma",
        shape=[2],
        alpha=[0.5, 2.0],
        beta=choices(positive(), positive(2)),
        dtype=DTYPE,
        seed=1,
    ),
    function(
        "tf.random.normal",
        shape=[2, 3],
        mean=choices(normal(), normal(3)),
        stddev=choices(positive(), positive(2, 1)),
        dtype=DTYPE,
        seed=1,
    ),
    function("tf.random.shuffle", value=normal(4, 2), seed=1),
    function(
        "tf.random.stateless_gamma",
        shape=[3, 2],
        seed=[1, 2],
        alpha=[0.5, 2.0],
        beta=choices(positive(), positive(2)),
        dtype=DTYPE,
    ),
    function(
        "tf.random.stateless_normal",
        shape=[2, 3],
        seed=[1, 2],
        mean=choices(normal(), normal(3)),
        stddev=choices(positive(), positive(2, 1)),
        dtype=DTYPE,
    ),
    function(
        "tf.random.stateless_truncated_normal",
        shape=[2, 3],
        seed=[1, 2],
        mean=choices(normal(), normal(3)),
        stddev=choices(positive(), positive(2, 1)),
        dtype=DTYPE,
    ),
    function(
        "tf.random.stateless_uniform",
        shape=[2, 3],
        seed=[1, 2],
        minval=choices(normal(), normal(3)),
        maxval=choices(normal(), normal(2, 1)),
        dtype=DTYPE,
    ),
    function(
        "tf.random.truncated_normal",
        shape=[2, 3],
        mean=choices(normal(), normal(3)),
        stddev=positive(2, 1),
        dtype=DTYPE,
        seed=1,
    ),
    function(
        "tf.random.uniform",
        shape=[2, 3],
        minval=choices(normal(), normal(3)),
        maxval=normal(2, 1),
        dtype=DTYPE,
        seed=1,
    ),
)
