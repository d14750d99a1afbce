"""The audit of one layer, model or function: every look at its gradient that may find a defect."""

from __future__ import annotations

import functools
import inspect
import re
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from opcheck.auditing.building import (
    Subject,
    inputs_from,
    layer_evaluation,
    made_under,
    subject_of,
)
from opcheck.auditing.finding import found_object
from opcheck.auditing.look import (
    Look,
    Remembered,
    checked,
    draws_numbers,
    first_line,
    placed,
    slopes_of,
)
from opcheck.auditing.loss import audit_loss
from opcheck.auditing.mixed import mixed_checks
from opcheck.auditing.records import AuditReport, Check
from opcheck.auditing.state import state_check
from opcheck.backend import tf
from opcheck.directions import check_directions
from opcheck.errors import OpcheckError, UnknownNameError, UsageError
from opcheck.evaluation import Evaluation, FunctionError
from opcheck.jacobian.analytic import analytic_jacobians
from opcheck.modes import AUDITED, COMPILED, MODES, ORDERS, POLICIES
from opcheck.outcome import Outcome
from opcheck.primals import Primal
from opcheck.rays import Rays
from opcheck.spec import Sample
from opcheck.targets import Drawing, away_from_start, filled
from opcheck.vectors import is_differentiable

# Above so many entries of inputs and weights, or of a Jacobian, the audit looks along directions.
MOST_ENTRIES = 3_000
MOST_JACOBIAN = 4_000_000

LARGE = "it is large, so its gradient is judged along a few directions, in reverse mode alone"

POINTS = ("zeros", "zero", "tie", "equal", "tiny", "huge", "low", "high", "all-first", "all-last")

# These are looked at when all else is good: what is compiled takes a second each time.
LAST = ("xla",)

# What TensorFlow calls a graph is another name each time.
GRAPH = re.compile(r" __inference_\w+(\[[^\]]*\])?")

# Beside the zeros and ties that a training step may meet too, special points are inference's.
TRAINED_AT = ("zeros", "equal")


@dataclass(frozen=True)
class Looks:
    """What an audit looks at.

    Attributes:
        modes: further ways to ask TensorFlow for the derivative.
        policies: of mixed precision, that a layer is made under too.
        order: 2 for the derivative of the gradient too.
    """

    modes: tuple[str, ...] = AUDITED
    policies: tuple[str, ...] = ()
    order: int = 1
    seed: int = 0


def audit(
    target: Any,
    inputs: Sequence[Any] | None = None,
    *,
    loss: Callable[..., Any] | None = None,
    targets: Any = None,
    recipe: Sample | None = None,
    modes: Sequence[str] = AUDITED,
    policies: Sequence[str] = (),
    order: int = 1,
    seed: int = 0,
) -> AuditReport:
    """Look at the gradient of a layer, a model or a function from all sides.

    Without a loss, the outputs are differentiated by every input and weight: in inference and in
    training, in reverse, in `modes`, in single precision, at special points of the inputs (zeros,
    ties, large and tiny numbers), at the weights' initial values, under a mask where the call takes
    one, and at last compiled by XLA and, on request, in mixed precision. A state that calls change,
    weights that get no gradient, and graphs that give something else are found on the way. What
    follows from the first defect is not looked at.

    With a loss, the model's loss on a batch is differentiated by every variable at its present
    value, in a number of evaluations that hardly grows with the model.

    Args:
        target: a Keras layer or model, a class of these, a function of tensors, or the name of
            one, such as "package.layers:Foo".
        inputs: arrays, shapes, or inputs of `opcheck.domains`, one for each argument of the call;
            None to find shapes by trying.
        loss: takes the targets and the outputs, or the outputs alone where there are no targets.
        targets: of the batch; None for the last of `inputs`, where there is one more than the model
            takes.
        recipe: how to build and call the target, where that cannot be guessed.
        modes: a selection of `opcheck.modes.MODES`, beside reverse.
        policies: Keras's policies of mixed precision to make a layer under, some of
            `opcheck.modes.POLICIES`. None by default: where an entry is a difference of large
            terms, what is rounding in half precision can be called wrong.
        order: 2 to judge the derivative of the gradient too.
        seed: of everything random.

    Raises:
        UsageError: the target cannot be built or called, or an argument is wrong; the message says
            what is needed.
    """
    for mode in modes:
        if mode not in MODES:
            raise UnknownNameError(f"mode (expected some of {', '.join(MODES)})", mode, MODES)
    for policy in policies:
        if policy not in POLICIES:
            expected = f"policy (expected some of {', '.join(POLICIES)})"
            raise UnknownNameError(expected, policy, POLICIES)
    if order not in ORDERS:
        raise UsageError(f"order={order!r} must be one of {', '.join(map(str, ORDERS))}")
    if inputs is not None and not isinstance(inputs, (list, tuple)):
        raise UsageError(
            f"inputs must be a list with one entry per argument, but got {type(inputs).__name__}"
        )
    name = target if isinstance(target, str) else _name(target)
    found = found_object(target) if isinstance(target, str) else target
    if loss is not None:
        return audit_loss(found, name, inputs, loss, targets, seed)
    given = None if inputs is None else inputs_from(inputs)
    subject = subject_of(found, name, given, recipe)
    return audit_subject(found, subject, Looks(tuple(modes), tuple(policies), order, seed))


def _name(target: Any) -> str:
    if inspect.isclass(target) or not isinstance(target, tf.keras.layers.Layer):
        return str(getattr(target, "__name__", type(target).__name__))
    return f"{type(target).__name__} {target.name!r}"


def audit_subject(found: Any, subject: Subject, looks: Looks) -> AuditReport:
    """The audit of what is built and called so; an object's own weights are put back."""
    started = time.perf_counter()
    own = () if inspect.isclass(found) else getattr(found, "variables", ())
    kept = [(variable, variable.numpy()) for variable in own]
    try:
        checks, notes = _Audit(subject, looks).run()
    finally:
        for variable, value in kept:
            variable.assign(value)
    return AuditReport(
        subject=subject.name,
        checks=tuple(checks),
        built=subject.words(),
        notes=tuple(dict.fromkeys(notes)),
        seed=looks.seed,
        seconds=time.perf_counter() - started,
    )


@dataclass
class _Audit:
    """One audit under way."""

    subject: Subject
    looks: Looks
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def run(self) -> tuple[list[Check], list[str]]:
        dtype = self._dtype()
        with made_under(dtype):
            if self.subject.is_layer:
                self._layer(dtype)
            else:
                self._function(dtype)
        return self.checks, self.notes

    @property
    def is_good(self) -> bool:
        return all(check.outcome.is_good for check in self.checks)

    def _dtype(self) -> str:
        """Double precision, where the target runs in it."""
        try:
            with made_under("float64"):
                drawing = Drawing(self.subject.case("float64"))
                plans = [drawing.plan(value, "input") for value in self.subject.sample.inputs]
                options = {k: drawing.plan(v, k) for k, v in self.subject.options}
                tensors = [tf.constant(primal.point) for primal in drawing.primals]
                layer = self.subject.make("float64")
                layer(*filled(plans, tensors), **filled(options, tensors))
                if getattr(layer, "compute_dtype", "float64") != "float64":
                    return str(layer.compute_dtype)
            return "float64"
        except Exception as error:
            self.notes.append(f"it does not run in float64: {first_line(error)}"[:200])
            return "float32"

    # -- Functions --------------------------------------------------------------------------------

    def _function(self, dtype: str) -> None:
        """All looks at a function, and at the variables of one that holds some: a tf.Module."""
        made: dict[str, Any] = {}
        held: dict[str, list[Primal]] = {}

        def bound(dtype: str, point: str = "") -> Evaluation:
            if dtype not in made:
                made[dtype] = self.subject.make(dtype)
            function = made[dtype]
            case = self.subject.case(dtype, self.looks.seed)
            if point:
                case = replace(case, sample=case.sample.at(point))
            drawing = Drawing(case)
            plans = [drawing.plan(value, f"x{n}") for n, value in enumerate(case.sample.inputs)]
            options = {name: drawing.plan(value, name) for name, value in self.subject.options}

            def call(*tensors: Any) -> Any:
                with made_under(dtype):
                    return function(*filled(plans, tensors), **filled(options, tensors))

            if dtype not in held:
                if hasattr(function, "trainable_variables"):
                    # Some are made by the first call.
                    Evaluation(call, drawing.primals, seed=case.seed)
                held[dtype] = _held(function, drawing.generator)
            return Evaluation(call, [*drawing.primals, *held[dtype]], seed=case.seed)

        look = Look("", bound(dtype), self.subject.case(dtype, self.looks.seed))
        self.checks.append(look.checked("gradient"))
        self._orders_and_modes(look)
        if self.is_good and dtype == "float64":
            self._try("float32", lambda: bound("float32"))
        for point in _points(self.subject.sample) if self.is_good else ():
            self._special(f"x{point}", functools.partial(bound, dtype, point))
        self._compiled_at_last(look)

    # -- Layers -----------------------------------------------------------------------------------

    def _layer(self, dtype: str) -> None:
        layer = self.subject.make(dtype)
        own = self.subject.sample.training
        times = [own] if own is not None else [False, True] if takes_training(layer) else [None]
        looks = []
        for training in times:
            if self.is_good:
                looks += self._at_time(layer, dtype, training)
        for look in looks:
            self._compiled_at_last(look)
        for look in looks:
            for policy in self.looks.policies if self.is_good else ():
                checks, notes = mixed_checks(self.subject, policy, look)
                self.checks += checks
                self.notes += notes

    def _at_time(self, layer: Any, dtype: str, training: bool | None) -> list[Look]:
        """The looks at the layer in training or in inference, and what the last ones need."""
        time = "training" if training else "inference"
        suffix = " in training" if training else ""
        case = self.subject.case(dtype, self.looks.seed, training=training)
        evaluation = self._bound(case, layer)
        check, notes = state_check(evaluation, layer, bool(training))
        self.notes += notes
        self.checks.append(replace(check, name=f"state{suffix}"))
        if not check.outcome.is_good:
            return []
        evaluation = self._compiled(evaluation, f"graph{suffix}")
        if _is_large(evaluation):
            self._along_directions(time, evaluation)
            return []
        has_inputs = any(p.is_passed and p.is_differentiated for p in evaluation.primals)
        look = Look(suffix, evaluation, case, layer)
        self.checks.append(look.checked(time))
        self._weights(f"weights{suffix}", time, layer, evaluation)
        self._orders_and_modes(look)
        if self.is_good and dtype == "float64":
            self._single(f"float32{suffix}", layer, evaluation, case)
        if self.is_good and not training:
            self._initial(evaluation, layer, case)
        for point in _points(case.sample) if self.is_good and has_inputs else ():
            if not training or point.partition("=")[2] in TRAINED_AT:
                self._at_point(f"{_named(point)}{suffix}", evaluation, case, point)
        if self.is_good and "mask" in _parameters(layer):
            self._masked(f"mask{suffix}", layer, evaluation, case)
        return [look]

    def _bound(self, case: Any, layer: Any) -> Evaluation:
        """The layer at random weights, or near its own where these give no finite numbers."""
        place = _near_own if self.subject.keeps_weights else away_from_start
        evaluation = layer_evaluation(case, layer, Drawing(case), place=place, compiles=False)
        if not np.isfinite(evaluation.value).all() and place is away_from_start:
            own = self.subject.make(case.dtype)
            layer_evaluation(case, own, Drawing(case), place=_own, compiles=False)
            for variable, value in zip(layer.trainable_variables, own.trainable_variables):
                variable.assign(value)
            evaluation = layer_evaluation(
                case, layer, Drawing(case), place=_near_own, compiles=False
            )
        return evaluation

    def _compiled(self, evaluation: Evaluation, name: str) -> Evaluation:
        """The same compiled, where that gives the same."""
        if evaluation.needs_seed:
            return evaluation  # A graph draws other numbers.
        traced = tf.function(evaluation.function, autograph=False)
        try:
            graph = evaluation.of_another(traced, is_same=True, compiles=False)
        except FunctionError as error:
            words = f"it runs eagerly, not in a graph: {first_line(error)}"
            self.checks.append(Check(name, Outcome.CRASH, words=words))
            return evaluation
        if evaluation.is_alike(graph.value):
            return evaluation.elsewhere(evaluation.primals, compiles=True)
        words = "inside of a tf.function it gives other values than eagerly"
        self.checks.append(Check(name, Outcome.MODE_MISMATCH, words=words))
        return evaluation

    def _weights(self, name: str, time: str, layer: Any, evaluation: Evaluation) -> None:
        """Weights that change the outputs and get no gradient, by a stopped one too."""
        check = self.checks[-1]
        weights = [p for p in evaluation.primals if not p.is_passed]
        variables = [primal.variable for primal in weights]
        with tf.GradientTape() as tape:
            outputs = evaluation.judged(evaluation.arguments())
        watched = {id(v.handle): v for v in tape.watched_variables()}
        known = {id(v.value.handle) for v in layer.variables}
        strangers = [v.name for handle, v in watched.items() if handle not in known]
        gradients = tape.gradient(outputs, variables) if variables else []
        silent = [p.name for p, slope in zip(weights, gradients) if slope is None]
        parts = {part.input: part for part in check.report.parts} if check.report else {}
        stopped = [n for n in silent if n in parts and parts[n].outcome is Outcome.BY_DESIGN]
        unused = [n for n in silent if n in parts and parts[n].outcome is Outcome.PASS]
        if strangers:
            words = (
                f"the trainable variable {', '.join(strangers)} takes part in the call, but the "
                "layer does not list it among its weights, so no optimizer will train it"
            )
            self.checks.append(Check(name, Outcome.MISSING, words=words))
        elif stopped:
            words = (
                f"the trainable weight {', '.join(stopped)} changes the output and gets no "
                "gradient, which is stopped on the way (tf.stop_gradient): it will never train"
            )
            self.checks.append(Check(name, Outcome.MISSING, words=words))
        if unused:
            self.notes.append(f"the weight {', '.join(unused)} takes no part in {time}")

    def _orders_and_modes(self, look: Look) -> None:
        if self.looks.order > 1 and self.is_good:
            name = f"order {self.looks.order}{look.suffix}"
            self.checks.append(look.checked(name, order=self.looks.order))
        for mode in self.looks.modes if self.is_good else ():
            name = f"{mode}{look.suffix}"
            if mode not in LAST and all(check.name != name for check in self.checks):
                self._in_mode(mode, look)

    def _compiled_at_last(self, look: Look) -> None:
        for mode in LAST:
            if mode in self.looks.modes and self.is_good:
                placed(look.evaluation)
                self._in_mode(mode, look)

    def _in_mode(self, mode: str, look: Look) -> None:
        if mode in COMPILED and (
            look.evaluation.needs_seed or (mode in LAST and draws_numbers(look.evaluation))
        ):
            name = f"{mode}{look.suffix}"
            self.notes.append(f"not judged: {name}: it draws other random numbers there")
            return
        check = look.checked(f"{mode}{look.suffix}", mode=mode)
        if check.outcome is Outcome.CRASH and (mode not in COMPILED or mode in LAST):
            # An op without such a derivative, or without a compiler, is TensorFlow's own affair.
            why = GRAPH.sub("", check.diagnosis).partition(" (")[0]
            self.notes.append(f"{mode}{look.suffix}: {why}")
            return
        self.checks.append(check)

    def _single(self, name: str, layer: Any, evaluation: Evaluation, case: Any) -> None:
        """The kernels of single precision, judged by double precision at the same numbers."""
        narrow = replace(case, dtype="float32")

        def bound() -> Evaluation:
            with made_under("float32"):
                own = self.subject.make("float32")
                if own is layer:
                    raise UsageError("it has one dtype alone")
                found = layer_evaluation(
                    narrow,
                    own,
                    Drawing(narrow),
                    evaluation.primals,
                    wide=lambda: wide(),
                    compiles=not evaluation.needs_seed,
                )

            def wide() -> Evaluation:
                return layer_evaluation(case, layer, Drawing(case), found.primals)

            return found

        self._try(name, bound)
        placed(evaluation)

    def _initial(self, evaluation: Evaluation, layer: Any, case: Any) -> None:
        """Where training starts: zeros and ones of the weights."""
        if self.subject.keeps_weights or not layer.trainable_variables:
            return
        fresh = self.subject.make(case.dtype)
        if fresh is layer:
            return
        self._try(
            "initial weights",
            lambda: layer_evaluation(case, fresh, Drawing(case), place=_own),
            is_special=True,
        )

    def _at_point(self, name: str, evaluation: Evaluation, case: Any, point: str) -> None:
        """The inputs' gradient at a special point; the weights' too where it is not finite."""
        drawing = Drawing(replace(case, sample=case.sample.at(point)))
        for place, value in enumerate(drawing.case.sample.inputs):
            drawing.plan(value, f"input[{place}]")
        for key, value in drawing.case.sample.call:
            drawing.plan(value, key)
        primals = [
            replace(primal, point=there.point)
            for primal, there in zip(evaluation.primals, drawing.primals)
        ]
        weights = evaluation.primals[len(primals) :]

        def bound() -> Evaluation:
            whole = evaluation.elsewhere([*primals, *weights])
            if not _has_finite_weights(whole):
                return whole
            fixed = [replace(weight, is_differentiated=False) for weight in weights]
            return evaluation.elsewhere([*primals, *fixed])

        self._special(name, bound)

    def _masked(self, name: str, layer: Any, evaluation: Evaluation, case: Any) -> None:
        """The gradient where some steps are masked; an input must not lose its gradient by it."""
        found: list[tuple[Any, Evaluation]] = []
        for mask in _masks(evaluation.primals[0]):
            changed = replace(case, sample=replace(case.sample, call=(("mask", mask),)))
            evaluation.restore()
            try:
                with warnings.catch_warnings():
                    # Keras warns that the mask goes no further, which is as it should be here.
                    warnings.simplefilter("ignore", UserWarning)
                    masked = layer_evaluation(changed, layer, Drawing(changed), evaluation.primals)
                found.append((mask, masked))
                break
            except (FunctionError, OpcheckError):
                continue
        if not found:
            self.notes.append("its call takes a mask, but none that was tried")
            return
        check = self._checked(name, found[0][1])
        self.checks.append(check)
        stopped = [
            part.input
            for part in (check.report.parts if check.report else ())
            if part.outcome is Outcome.BY_DESIGN
        ]
        before = _silent(evaluation)
        lost = [n for n in stopped if n in _silent(found[0][1]) and n not in before]
        if lost:
            words = f"with a mask, {', '.join(lost)} gets no gradient, yet changes the output"
            self.checks[-1] = replace(check, outcome=Outcome.MISSING, words=words)

    def _along_directions(self, name: str, evaluation: Evaluation) -> None:
        """A large layer by the gradient of a random combination of its outputs."""
        primals = [p for p in evaluation.primals if p.is_differentiated]
        held = {id(p): tf.Variable(p.point) if p.variable is None else p.variable for p in primals}
        generator = np.random.default_rng(evaluation.seed)
        weights = [
            tf.constant(generator.choice([-1.0, 1.0], output.shape), output.dtype)
            for output in evaluation.outputs
        ]

        def combined() -> Any:
            passed = [
                held[id(p)].read_value() if id(p) in held and p.variable is None else a
                for p, a in zip(evaluation.primals, evaluation.arguments())
                if p.is_passed
            ]
            return tf.add_n([tf.reduce_sum(w * t) for w, t in zip(weights, evaluation.run(passed))])

        rays = Rays(combined, list(held.values()), evaluation.seed)
        report = check_directions(rays, [p.name for p in primals], name, output="Σ±outputs")
        self.checks.append(Check.of(name, report))
        self.notes.append(LARGE)

    # -- Looks ------------------------------------------------------------------------------------

    def _checked(self, name: str, evaluation: Evaluation) -> Check:
        return checked(name, evaluation, self.subject.name, Remembered())

    def _try(self, name: str, bound: Callable[[], Evaluation], *, is_special: bool = False) -> None:
        """A look that is left out, with a note, where the target does not run."""
        try:
            evaluation = bound()
        except (FunctionError, OpcheckError) as error:
            self.notes.append(f"not judged: {name}: {first_line(error)}")
            return
        check = self._checked(name, evaluation)
        if is_special and check.outcome is Outcome.INCONCLUSIVE:
            if np.isfinite(evaluation.value).all() and _has_nan(evaluation):
                words = "the gradient is NaN where the function is finite"
                self.checks.append(Check(name, Outcome.NAN, check.report, words))
                return
            why = check.report.note if check.report else check.words
            self.notes.append(f"not judged: {name}: {why}")
            return
        self.checks.append(check)

    def _special(self, name: str, bound: Callable[[], Evaluation]) -> None:
        self._try(name, bound, is_special=True)


def takes_training(layer: Any) -> bool:
    """Whether the call of a layer, or of a layer inside of it, takes `training`."""
    inner = getattr(layer, "_flatten_layers", None)
    layers = list(inner()) if inner else [layer]
    return any("training" in _parameters(one) for one in layers)


def _parameters(layer: Any) -> tuple[str, ...]:
    try:
        return tuple(inspect.signature(layer.call).parameters)
    except (TypeError, ValueError):
        return ()


def _is_large(evaluation: Evaluation) -> bool:
    entries = sum(evaluation.primals[number].size for number in evaluation.differentiated)
    return entries > MOST_ENTRIES or entries * evaluation.value.size > MOST_JACOBIAN


def _own(variable: Any, value: Any, generator: np.random.Generator) -> Any:
    del variable, generator
    return value


def _near_own(variable: Any, value: Any, generator: np.random.Generator) -> Any:
    """Beside its own value: at zeros and ones faults would hide."""
    del variable
    return value * (1 + 0.1 * generator.uniform(-1, 1, value.shape)) + 0.05 * generator.uniform(
        -1, 1, value.shape
    )


def _held(function: Any, generator: np.random.Generator) -> list[Primal]:
    """The trainable variables of a function that holds some, beside their own values."""
    primals = []
    for variable in getattr(function, "trainable_variables", ()):
        if is_differentiable(variable.dtype):
            variable.assign(_near_own(variable, variable.numpy(), generator))
            name = variable.name.removesuffix(":0")
            primals.append(Primal(name, variable.numpy(), variable, is_passed=False))
    return primals


def _masks(primal: Primal) -> list[Any]:
    """Masks to try: of steps, of all but the last axis, of entries. Some of each row is masked."""
    shape = primal.point.shape
    shapes = dict.fromkeys([shape[:2], shape[:-1], shape[:1], shape])
    masks = []
    for wanted in shapes:
        mask = np.ones(wanted, bool)
        mask[..., -1:] = False
        masks.append(tf.constant(mask))
    return masks


def _silent(evaluation: Evaluation) -> list[str]:
    """The primals for which the tape returns None."""
    names = [evaluation.primals[number].name for number in evaluation.differentiated]
    return [n for n, slope in zip(names, slopes_of(evaluation)) if slope is None]


def _has_finite_weights(evaluation: Evaluation) -> bool:
    """Whether the sum of the outputs has finite slopes by the weights, or none."""
    weights = [primal.variable for primal in evaluation.primals if not primal.is_passed]
    with tf.GradientTape() as tape:
        outputs = evaluation.judged(evaluation.arguments())
    slopes = tape.gradient(outputs, weights) if weights else []
    found = [tf.convert_to_tensor(slope) for slope in slopes if slope is not None]
    return all(bool(tf.reduce_all(tf.math.is_finite(tf.abs(slope)))) for slope in found)


def _has_nan(evaluation: Evaluation) -> bool:
    return any(np.isnan(one.matrix).any() for one in analytic_jacobians(evaluation).values())


def _points(sample: Sample) -> list[str]:
    """The special points that tell the most, those that inputs share instead of each one's."""
    found = [point for point in sample.special_points if point.partition("=")[2] in POINTS]
    shared = {point.partition("=")[2] for point in found if point.startswith("all=")}
    return [p for p in found if p.startswith("all=") or p.partition("=")[2] not in shared]


def _named(point: str) -> str:
    """`input=zeros` for `0=zeros`."""
    where, _, what = point.partition("=")
    return f"{'input' if where == '0' else where}={what}"
