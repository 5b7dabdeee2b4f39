"""The normalization model of attention: neurons that share a common brake.

Reynolds and Heeger (2009) describe a population of visual neurons, each with a place x
that it watches and an orientation θ that it prefers::

    E(x, θ)                          stimulus drive: what the receptive field collects
    A(x, θ)                          attention field: 1 far from the focus, more inside
    S = s * [A E]                    suppressive drive: A E pooled over neighbours
    R(x, θ) = A E / (S + σ)          response

Attention stands above *and* below the line, because the pool sums what attention has
already amplified. Two opposite findings follow from one equation. If attention covers
stimulus and pool alike, it scales A E and S together, which is what more contrast would
do: the contrast–response curve moves left (contrast gain). If it covers only the middle
of a large stimulus, the pool hardly notices and the curve grows taller (response gain).

It is a cousin of softmax: with a pool that takes in everything and with σ = 0, a
response is a share of the total, ``A E / Σ A E``.

The equations are used with exponent 1, and nothing needs rectifying because no drive is
negative. Space has one dimension. The widths and gains below are illustrative; they are
not those of the paper's figures.

Units: places and widths in degrees of visual angle; orientations in degrees, where 180
is 0 again; contrast from 0 to 1; responses in arbitrary units.

Source:
    J. H. Reynolds, D. J. Heeger (2009), The normalization model of attention, Neuron
    61(2), 168–185, doi:10.1016/j.neuron.2009.01.002.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from attn_helpers._checks import (
    check_at_least,
    check_between,
    check_number,
    check_positive,
    check_probability,
    not_negative,
    read_arrays,
    rising,
    takes,
    within,
)

FIELD = not_negative("(positions, orientations)")
ANY_ORIENTATION = 1e6  # degrees: a tuning so wide that all orientations count alike


@takes(
    extent=check_positive,
    spacing=check_positive,
    field_sd=check_number,
    tuning_sd=check_positive,
    pool_sd=check_number,
    pool_tuning_sd=check_positive,
    sigma=check_positive,
)
@dataclass(frozen=True)
class Population:
    """The neurons, on a grid of places and preferred orientations.

    Args:
        extent: the places reach from -extent to +extent, in degrees, above 0.
        spacing: distance of neighbouring places, in degrees, above 0.
        field_sd: width (standard deviation) of a receptive field, in degrees, at least
            ``spacing``.
        tuning_sd: width of the orientation tuning, in degrees, above 0.
        pool_sd: width of the suppressive pool in space, in degrees, at least
            ``spacing``.
        pool_tuning_sd: width of the pool in orientation, in degrees, above 0; far above
            90 it takes in all orientations alike.
        sigma: σ, which keeps the response finite and sets the contrast at half maximum;
            above 0, in the units of the drive.
    """

    extent: float = 40.0
    spacing: float = 0.5
    field_sd: float = 1.0
    tuning_sd: float = 20.0
    pool_sd: float = 5.0
    pool_tuning_sd: float = 360.0
    sigma: float = 0.0005

    def __post_init__(self):
        for name, width in {"field_sd": self.field_sd, "pool_sd": self.pool_sd}.items():
            check_at_least(width, self.spacing, function="Population", argument=name)

    @property
    def positions(self) -> np.ndarray:
        """Places watched, ``(positions,)``, in degrees; 0 is among them."""
        steps = int(self.extent / self.spacing)
        return self.spacing * np.arange(-steps, steps + 1)

    @property
    def orientations(self) -> np.ndarray:
        """Orientations preferred, ``(orientations,)``, in degrees from 0 below 180."""
        return np.arange(0.0, 180.0, 5.0)

    @property
    def sizes(self) -> dict[str, int]:
        """The size of each axis of a field on this grid, by name."""
        positions, orientations = self.positions.size, self.orientations.size
        return {"positions": positions, "orientations": orientations}


@takes(
    position=check_number,
    size=check_positive,
    orientation=check_number,
    tuning=check_positive,
)
@dataclass(frozen=True)
class Patch:
    """A place and an orientation: where a stimulus is, or what is attended.

    Args:
        position: centre, in degrees.
        size: width (standard deviation), in degrees, above 0.
        orientation: centre, in degrees.
        tuning: width in orientation, in degrees, above 0. A stimulus of one orientation
            has a small one; attention to a place has ``ANY_ORIENTATION``.
    """

    position: float = 0.0
    size: float = 1.0
    orientation: float = 0.0
    tuning: float = 5.0


def _circular(difference):
    """The way from one orientation to another, in degrees from -90 below 90."""
    return (difference + 90.0) % 180.0 - 90.0


def _bell(distance, width):
    return np.exp(-0.5 * (distance / width) ** 2)


def _profile(population, patch):
    """The patch on the grid, 1 at its centre, ``(positions, orientations)``."""
    place = _bell(population.positions - patch.position, patch.size)
    turn = _bell(_circular(population.orientations - patch.orientation), patch.tuning)
    return np.outer(place, turn)


def _pool(population, field, width, tuning):
    """Convolve with a Gaussian of volume 1, circular in orientation."""
    x, theta = population.positions, population.orientations
    near = _bell(x[:, np.newaxis] - x, width)
    near *= population.spacing / (width * np.sqrt(2.0 * np.pi))
    alike = _bell(_circular(theta[:, np.newaxis] - theta), tuning)
    alike /= alike.sum(axis=0)
    return near @ field @ alike


@takes(contrast=check_probability)
def stimulus_drive(
    population: Population, stimulus: Patch, contrast: float
) -> np.ndarray:
    """What each receptive field collects from a stimulus.

    Args:
        population: a `Population`.
        stimulus: a `Patch`.
        contrast: from 0 to 1.

    Returns:
        ``E``, ``(positions, orientations)``, proportional to the contrast.

    Example:
        >>> drive = stimulus_drive(Population(), Patch(orientation=45.0), contrast=0.5)
        >>> place, turn = np.unravel_index(drive.argmax(), drive.shape)
        >>> float(Population().positions[place]), float(Population().orientations[turn])
        (0.0, 45.0)
    """
    field = contrast * _profile(population, stimulus)
    return _pool(population, field, population.field_sd, population.tuning_sd)


@takes(gain=partial(check_at_least, least=1))
def attention_field(
    population: Population, focus: Patch, gain: float = 2.0
) -> np.ndarray:
    """How strongly attention multiplies each neuron's drive.

    Args:
        population: a `Population`.
        focus: a `Patch`.
        gain: the factor at the centre of the focus, at least 1; 1 is no attention.

    Returns:
        ``A``, ``(positions, orientations)``: 1 far from the focus, ``gain`` in it.

    Example:
        >>> focus = Patch(size=3.0, tuning=ANY_ORIENTATION)
        >>> field = attention_field(Population(), focus)
        >>> float(field.min()), float(field.max())
        (1.0, 2.0)
    """
    return 1.0 + (gain - 1.0) * _profile(population, focus)


def suppressive_drive(population: Population, attended_drive: np.ndarray) -> np.ndarray:
    """How strongly the neighbours brake each neuron.

    Args:
        population: a `Population`.
        attended_drive: ``A E``, ``(positions, orientations)``.

    Returns:
        ``S = s * [A E]``, ``(positions, orientations)``; the kernel s has volume 1.

    Example:
        A drive that is the same everywhere is its own average, away from the edge:

        >>> population = Population()
        >>> uniform = np.ones((161, 36))
        >>> float(suppressive_drive(population, uniform)[80, 0].round(6))
        1.0
    """
    name, grid = "suppressive_drive", population.sizes
    (field,) = read_arrays(name, grid, attended_drive=(attended_drive, FIELD))
    return _pool(population, field, population.pool_sd, population.pool_tuning_sd)


def normalized_response(
    population: Population, drive: np.ndarray, attention: np.ndarray
) -> np.ndarray:
    """Divide each neuron's amplified drive by that of its neighbourhood.

    Args:
        population: a `Population`.
        drive: ``E``, ``(positions, orientations)``; see `stimulus_drive`.
        attention: ``A``, ``(positions, orientations)``; see `attention_field`. Ones are
            no attention.

    Returns:
        ``R = A E / (s * [A E] + σ)``, ``(positions, orientations)``.

    Example:
        >>> population = Population()
        >>> drive = stimulus_drive(population, Patch(), contrast=0.0)
        >>> float(normalized_response(population, drive, np.ones_like(drive)).max())
        0.0
    """
    fields = {"drive": (drive, FIELD), "attention": (attention, FIELD)}
    drive, attention = read_arrays("normalized_response", population.sizes, **fields)
    attended = attention * drive
    return attended / (suppressive_drive(population, attended) + population.sigma)


@takes(contrasts=within(0, 1, "(contrasts,)"))
def contrast_response(
    population: Population,
    contrasts: np.ndarray,
    stimulus: Patch,
    focus: Patch,
    gain: float = 2.0,
) -> tuple[np.ndarray, np.ndarray]:
    """The response of the neuron in the middle of the stimulus, at each contrast.

    Args:
        population: a `Population`.
        contrasts: from 0 to 1, ``(contrasts,)``.
        stimulus: a `Patch`.
        focus: a `Patch`, where attention goes when it goes to the stimulus.
        gain: the factor at the centre of the focus, at least 1.

    Returns:
        ``(unattended, attended)``, each ``(contrasts,)``: without attention anywhere
        near, and with it.

    Example:
        A wide focus on a small stimulus helps at low contrast, hardly at full contrast:

        >>> focus = Patch(size=20.0, tuning=ANY_ORIENTATION)
        >>> unattended, attended = contrast_response(
        ...     Population(), [0.01, 1.0], Patch(size=1.0), focus
        ... )
        >>> (attended / unattended).round(2)
        array([1.65, 1.02])
    """
    unit_drive = stimulus_drive(population, stimulus, contrast=1.0)
    middle = np.unravel_index(unit_drive.argmax(), unit_drive.shape)
    attention = attention_field(population, focus, gain)

    def responses(field):
        drives = [contrast * unit_drive for contrast in contrasts]
        return np.array(
            [normalized_response(population, drive, field)[middle] for drive in drives]
        )

    return responses(np.ones_like(attention)), responses(attention)


@takes(contrasts=rising("(contrasts,)"), responses=rising("(contrasts,)"))
def half_maximum_contrast(contrasts: np.ndarray, responses: np.ndarray) -> float:
    """The contrast at which a curve reaches half of its last value.

    Args:
        contrasts: rising, ``(contrasts,)``.
        responses: rising, from at most half of the last, ``(contrasts,)``.

    Returns:
        c50, read off between the two neighbouring points by a straight line.

    Example:
        >>> half_maximum_contrast([0.0, 0.5, 1.0], [0.0, 4.0, 6.0])
        0.375
    """
    half = float(responses[-1]) / 2.0
    names = {"function": "half_maximum_contrast", "argument": "first of responses"}
    check_between(float(responses[0]), 0, half, **names)
    return float(np.interp(half, responses, contrasts))
