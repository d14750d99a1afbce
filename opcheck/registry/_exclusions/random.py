"""Names of `tf.random`, and the samplers of `tf.nn`."""

from __future__ import annotations

from opcheck.domains import normal
from opcheck.exclusions import Why, exclude, named
from opcheck.spec import exactly

_TRUE = exactly([[0, 1]], "int64")

EXCLUSIONS = (
    exclude(
        Why.NO_FLOATING_INPUT,
        "tf.random.experimental.index_shuffle",
        index=2,
        seed=[1, 2],
        max_index=10,
    ),
    exclude(Why.CLASS, ("tf.random.Algorithm", "tf.random.Generator")),
    exclude(Why.NO_TENSOR, "tf.random.get_global_generator"),
    exclude(
        Why.NO_TENSOR,
        "tf.random.set_global_generator",
        named("tf.random.Generator", state=[1, 2, 3], alg="philox"),
    ),
    exclude(Why.NO_TENSOR, "tf.random.set_seed", 0),
    exclude(Why.NO_FLOATING_RESULT, "tf.random.categorical", normal(2, 3), 4),
    exclude(Why.NO_FLOATING_RESULT, "tf.random.stateless_categorical", normal(2, 3), 4, [1, 2]),
    exclude(
        Why.NO_FLOATING_INPUT,
        (
            "tf.random.learned_unigram_candidate_sampler",
            "tf.random.log_uniform_candidate_sampler",
            "tf.random.uniform_candidate_sampler",
        ),
        _TRUE,
        num_true=2,
        num_sampled=3,
        unique=True,
        range_max=5,
    ),
    exclude(
        Why.NO_FLOATING_INPUT,
        "tf.random.fixed_unigram_candidate_sampler",
        _TRUE,
        num_true=2,
        num_sampled=2,
        unique=True,
        range_max=3,
        unigrams=[1.0, 2.0, 1.0],
    ),
    exclude(
        Why.NO_FLOATING_INPUT,
        "tf.random.all_candidate_sampler",
        _TRUE,
        num_true=2,
        num_sampled=3,
        unique=True,
    ),
    exclude(Why.NO_FLOATING_INPUT, "tf.random.create_rng_state", 1, "philox"),
    exclude(Why.NO_FLOATING_INPUT, "tf.random.fold_in", [1, 2], 3),
    exclude(Why.NO_FLOATING_INPUT, "tf.random.split", [1, 2]),
    exclude(
        Why.NO_FLOATING_INPUT, "tf.nn.compute_accidental_hits", _TRUE, exactly([1, 2], "int64"), 2
    ),
    exclude(Why.NO_FLOATING_INPUT, "tf.nn.ctc_unique_labels", [[1, 2, 2]]),
)
