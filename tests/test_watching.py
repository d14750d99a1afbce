"""Watching the ops of a function: what the function raises is told from what the watcher does."""

import pytest

from opcheck.backend import tf
from opcheck.primals import State
from opcheck.watching import runs_eagerly


def ignored(*op):
    return None


def name_of_tensor():
    return tf.square(tf.constant(2.0)).op.name


def test_a_function_that_runs_is_shown_op_by_op():
    seen = []
    assert runs_eagerly(lambda: tf.square(2.0), lambda kind, *rest: seen.append(kind))
    assert "Square" in {kind.decode() if isinstance(kind, bytes) else kind for kind in seen}


@pytest.mark.parametrize(
    "error",
    [AssertionError, AttributeError, KeyError, RuntimeError, TypeError, ValueError],
)
def test_a_function_that_refuses_to_run_eagerly_is_no_error(error):
    def refusing():
        raise error("only in graphs")

    assert not runs_eagerly(refusing, ignored)


def test_what_tensorflow_itself_raises_of_a_function_for_graphs_is_a_refusal():
    assert not runs_eagerly(name_of_tensor, ignored)
    assert not runs_eagerly(lambda: tf.gradients(tf.constant(1.0), []), ignored)
    assert not runs_eagerly(lambda: tf.debugging.assert_equal(1, 2), ignored)


@pytest.mark.parametrize("error", [AttributeError, TypeError, IndexError])
def test_what_the_callback_raises_is_not_hidden(error):
    def failing(*op):
        raise error("a fault of the watcher")

    with pytest.raises(error, match="a fault of the watcher"):
        runs_eagerly(lambda: tf.square(2.0), failing)


def test_what_no_function_raises_of_itself_is_not_hidden():
    def failing():
        raise MemoryError("ours")

    with pytest.raises(MemoryError, match="ours"):
        State.changed_by(failing)
