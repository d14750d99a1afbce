"""Random ops with reparametrised gradients.

Samplers that reject proposals do not move with their parameters as the derivative by implicit
reparametrisation says (Figurnov et al. 2018): it holds the quantile of the sample, which
differences of samples at one seed do not. So the functions below put a sample into its own
distribution function, where the two ways that a parameter acts must cancel, and keep of that
term the derivative alone. What is left to be seen is the sum of the parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opcheck.backend import tf

raw = tf.raw_ops


def _zero_that_moves(value: Any) -> Any:
    """Zero everywhere, with the derivative of `value`."""
    return tf.zeros_like(value), lambda cotangent: cotangent


_derivative_of: Callable[[Any], Any] = tf.custom_gradient(_zero_that_moves)


def _gamma_quantile(alpha: Any, drawn: Any) -> Any:
    """Its derivative, beside alpha; the distribution function has no kernel for float16."""
    is_short = alpha.dtype == tf.float16
    wide = [tf.cast(value, tf.float32) if is_short else value for value in (alpha, drawn)]
    return alpha + _derivative_of(tf.cast(tf.math.igamma(*wide), alpha.dtype))


def gamma_quantile(alpha: Any, seed: Any, shape: Any = (2,)) -> Any:
    """`RandomGamma`: the quantile of a sample, which stays as alpha moves."""
    # The op's own seed alone would give another sample at each call.
    tf.random.set_seed(seed)
    drawn = raw.RandomGamma(shape=tf.convert_to_tensor(shape), alpha=alpha, seed=seed, seed2=seed)
    return _gamma_quantile(alpha, drawn)


def gumbel(location: Any, scale: Any, shape: Any, seed: Any) -> Any:
    """`StatelessRandomUniformV2` as noise: location - scale log(-log u)."""
    uniform = tf.random.stateless_uniform(shape, seed, dtype=scale.dtype)
    return location - scale * tf.math.log(-tf.math.log(uniform))


def stateless_gamma_quantile(alpha: Any, shape: Any, seed: Any) -> Any:
    """`StatelessRandomGammaV3`: the quantile of a sample, which stays as alpha moves."""
    drawn = tf.random.stateless_gamma(shape, seed, alpha=alpha, dtype=alpha.dtype)
    return _gamma_quantile(alpha, drawn)


def stateless_gamma_v2_quantile(alpha: Any, shape: Any, seed: Any) -> Any:
    """`StatelessRandomGammaV2`: the quantile of a sample, which stays as alpha moves."""
    drawn = raw.StatelessRandomGammaV2(shape=shape, seed=seed, alpha=alpha)
    return _gamma_quantile(alpha, drawn)


def truncated_normal_quantile(
    means: Any, stddevs: Any, minvals: Any, maxvals: Any, shape: Any, seed: Any
) -> Any:
    """`StatelessParameterizedTruncatedNormal`: the quantile of a sample, whatever moves."""
    drawn = tf.random.stateless_parameterized_truncated_normal(
        shape, seed, means, stddevs, minvals, maxvals
    )
    below, sample, above = (
        tf.math.erf((edge - means) / stddevs / tf.sqrt(tf.constant(2.0, means.dtype)))
        for edge in (minvals, drawn, maxvals)
    )
    quantile = (sample - below) / (above - below)
    return means + stddevs + minvals + maxvals + _derivative_of(quantile)
