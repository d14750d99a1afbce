"""Functions that TensorFlow runs as graphs: traced, run in a session, or compiled by XLA."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from opcheck.backend import tf
from opcheck.gradients import all_registered

Function = Callable[..., Any]


def in_graph(function: Function) -> Function:
    """`function` traced to a graph, where control flow is made of ops; eagerly it is Python.

    What comes back makes another like it as `anew`: derivatives add outputs to a trace, and one
    that forward mode has been through can be no good to the next mode.
    """
    # A trace serves every variable of a kind, but its gradient asks for the one that it was made
    # with, which must still be there.
    kept: list[Any] = []

    @functools.wraps(function)
    def run(*args: Any, **arguments: Any) -> Any:
        flat = tf.nest.flatten((args, arguments))
        kept.extend(value for value in flat if isinstance(value, tf.Variable))
        return function(*args, **arguments)

    traced: Function = tf.function(run, autograph=False)
    vars(traced)["anew"] = functools.partial(in_graph, function)
    return traced


def taped_within(
    function: Function | None = None, *, by_xla: bool = False, on_variables: bool = False
) -> Function:
    """`function` as a graph, whose gradient comes from a tape inside of another such graph.

    A tape outside has the gradient of the whole graph made; the one inside asks the gradient
    function of each op in turn, as training steps do, and can say which gradients it wants.

    Args:
        by_xla: whether both graphs are compiled, which gradient functions then know.
        on_variables: whether `function` gets variables that hold the inputs.
    """
    if function is None:
        return functools.partial(taped_within, by_xla=by_xla, on_variables=on_variables)
    within = functools.partial(tf.function, autograph=False, jit_compile=by_xla)
    values: dict[str, Function] = {}
    variables: dict[str, list[Any]] = {}
    gradients = _Traces()

    @functools.wraps(function)
    def bridged(**arguments: Any) -> Any:
        facts, tensors, like = _sorted_out(arguments)
        call = functools.partial(function, **facts)

        def slopes(held: Any, dys: Any) -> Any:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(held)
                ys = call(**held)
            found = tape.gradient(ys, list(held.values()), list(dys) if len(dys) > 1 else dys[0])
            return [None if slope is None else tf.convert_to_tensor(slope) for slope in found]

        def run(*xs: Any) -> Any:
            key = repr((like, facts))
            value = values.setdefault(key, within(call))
            later = gradients.get(key, lambda: within(slopes))

            def held() -> dict[str, Any]:
                if not on_variables:
                    return {name: tf.stop_gradient(x) for name, x in zip(like, xs)}
                own = variables.setdefault(key, [tf.Variable(x, trainable=False) for x in xs])
                for variable, x in zip(own, xs):
                    variable.assign(x)
                return dict(zip(like, own))

            return value(**held()), lambda *dys: later(held(), dys)

        return tf.custom_gradient(run)(*tensors.values())

    return bridge(bridged)


def bridge(function: Function) -> Function:
    """Say of a function that its values and gradients go by hand from one graph to another.

    Its gradient is that of ops, but has no derivative itself and no rule in forward mode.
    """
    vars(function)["is_bridge"] = True
    return function


def add_op(name: str, inputs: Sequence[Any], **attributes: Any) -> Any:
    """The first output of an op that `tf.raw_ops` leaves out, in the graph that is being built.

    It has the dtype of the first input.
    """
    graph = tf.compat.v1.get_default_graph()
    attrs = {key: tf.compat.v1.AttrValue(**value) for key, value in attributes.items()}
    return graph.create_op(name, inputs, [inputs[0].dtype], attrs=attrs, name="added").outputs[0]


# ---------------------------------------------------------------------------------------------
# Graphs of TensorFlow 1
#
# References to variables and control flow by frames exist in a graph that a session runs, and
# nowhere else: eager execution refuses the one and `tf.function` makes no gradient for the other.


def _itself(value: Any) -> Any:
    return value


def in_session(build: Function, *, hold: Function = _itself) -> Function:
    """The graph that `build` makes, run in a session, as a function that a tape differentiates.

    Tensors among the keyword arguments become placeholders of the graph; `build` returns a tensor
    or a list of them. The value and the gradient both come from such a graph, the gradient by
    `tf.gradients`; between graph and tape only arrays change hands.

    The graph of the values is kept until the function's `forget` is called.

    Args:
        hold: what `build` gets in place of each placeholder, and is differentiated.
    """
    values: dict[str, _Graph] = {}
    gradients = _Traces()

    @functools.wraps(build)
    def bridged(**arguments: Any) -> Any:
        facts, tensors, like = _sorted_out(arguments)
        key = repr((like, facts))

        def made() -> _Graph:
            return _Graph(functools.partial(build, **facts), like, hold)

        def run(*xs: Any) -> Any:
            if key not in values:
                values[key] = made()
            later = functools.partial(gradients.get, key, made)
            return values[key].values(xs), lambda *dys: later().gradients(xs, dys)

        return tf.custom_gradient(run)(*tensors.values())

    vars(bridged)["forget"] = values.clear
    return bridge(bridged)


class _Traces:
    """What was traced of gradient functions, for as long as these are the registered ones."""

    def __init__(self) -> None:
        self._functions: tuple[Function, ...] = ()
        self._traces: dict[str, Any] = {}

    def get(self, key: str, trace: Callable[[], Any]) -> Any:
        """What `trace` makes, once for each key."""
        functions = all_registered()
        if functions != self._functions:
            self._functions, self._traces = functions, {}
        if key not in self._traces:
            self._traces[key] = trace()
        return self._traces[key]


def _sorted_out(arguments: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """What is no tensor, what is one, and the dtype and shape of the latter."""
    facts = {name: value for name, value in arguments.items() if not tf.is_tensor(value)}
    tensors = {name: value for name, value in arguments.items() if tf.is_tensor(value)}
    like = {name: (tensor.dtype, tensor.shape) for name, tensor in tensors.items()}
    return facts, tensors, like


def on_references(build: Function) -> Function:
    """`in_session`, where `build` gets variables that hold the inputs, by reference."""
    return in_session(build, hold=_reference_to)


def compiled(build: Function) -> Function:
    """`in_session`, compiled by XLA, for ops that have no other implementation."""
    by_xla: Function = tf.function(build, autograph=False, jit_compile=True)
    return in_session(functools.wraps(build)(lambda **arguments: by_xla(**arguments)))


class _Graph:
    """A graph of TensorFlow 1 and its session.

    Args:
        build: makes the outputs of the inputs, by their names.
        like: dtype and shape of each input.
        hold: what `build` gets in place of each input.
    """

    def __init__(self, build: Function, like: Mapping[str, Any], hold: Function) -> None:
        with tf.Graph().as_default() as self._graph, _frames():
            self._inputs = [tf.compat.v1.placeholder(*spec) for spec in like.values()]
            passed = [hold(x) for x in self._inputs]
            outputs = build(**dict(zip(like, passed)))
            self._is_single = tf.is_tensor(outputs)
            self._passed, self._outputs = passed, tf.nest.flatten(outputs)
            self._session = tf.compat.v1.Session()
        self._by_tape: tuple[list[Any], list[Any]] | None = None

    def values(self, xs: Sequence[Any]) -> Any:
        """The outputs, in the shape that `build` gives them."""
        found = self._run(self._outputs, self._inputs, xs)
        return found[0] if self._is_single else found

    def gradients(self, xs: Sequence[Any], dys: Sequence[Any]) -> list[Any]:
        """The gradient of each input, or None, by what `tf.gradients` adds to the graph."""
        if self._by_tape is None:
            with self._graph.as_default(), _frames():
                seeds = [tf.compat.v1.placeholder(y.dtype, y.shape) for y in self._outputs]
                found = tf.gradients(self._outputs, self._passed, seeds)
                dense = [None if g is None else tf.convert_to_tensor(g) for g in found]
            self._by_tape = seeds, dense
        seeds, dense = self._by_tape
        wanted = [gradient for gradient in dense if gradient is not None]
        arrays = iter(self._run(wanted, [*self._inputs, *seeds], [*xs, *dys]))
        return [None if gradient is None else next(arrays) for gradient in dense]

    def _run(self, fetched: Sequence[Any], fed: Sequence[Any], tensors: Sequence[Any]) -> list[Any]:
        def call(*arrays: Any) -> list[Any]:
            found: list[Any] = self._session.run(fetched, dict(zip(fed, arrays)))
            return found

        if not fetched:
            return []
        dtypes = [tensor.dtype.base_dtype for tensor in fetched]
        found = tf.nest.flatten(tf.numpy_function(call, tensors, dtypes))
        return [tf.ensure_shape(value, tensor.shape) for value, tensor in zip(found, fetched)]


def _reference_to(value: Any) -> Any:
    variable = tf.raw_ops.VariableV2(shape=value.shape, dtype=value.dtype)
    return tf.raw_ops.Assign(ref=variable, value=value)


@contextmanager
def _frames() -> Iterator[None]:
    """Within it, loops and branches are built of frames and switches and not of functions."""
    are_functions = tf.compat.v1.control_flow_v2_enabled()
    tf.compat.v1.disable_control_flow_v2()
    try:
        yield
    finally:
        if are_functions:
            tf.compat.v1.enable_control_flow_v2()
