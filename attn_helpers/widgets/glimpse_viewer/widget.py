"""GlimpseViewer: pick one glimpse or mix them all, and compare what that costs."""

import numpy as np
import traitlets
from numpy.lib.stride_tricks import sliding_window_view

from attn_helpers._checks import (
    check_array,
    check_between,
    check_count,
    not_negative,
    within,
)
from attn_helpers.reference.softmax import softmax
from attn_helpers.widgets.kit import limits, svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import TraitRefused, refusing

NAME = "GlimpseViewer"
LARGEST = 24  # side of an image, in pixels
MOST_PICKS, MOST_SEED = 2000, 2**20  # of a seed, what a link may set
DIGITS = 4  # of a stored probability

# Number 8 of the digits of Alpaydin and Kaynak (1998), doi:10.24432/C50P49, CC BY 4.0,
# in the middle of paper; a letter is a pixel in sixteenths, in base 17.
EIGHT = "009e8100 00cedc00 009a0f40 003gce20 004gg200 03g8ad20 01f13g80 00bgfb10"
SCENE_OF_EIGHT = [
    [int(ink, 17) / 16 for ink in f"00{row}00"]
    for row in [*["0" * 8] * 2, *EIGHT.split(), *["0" * 8] * 2]
]
MADE_UP = [[0.0, 0.1, 0.0], [0.0, 0.45, 0.3], [0.0, 0.15, 0.0]]


class GlimpseViewer(BookWidget):
    """Hard attention reads one glimpse at random, soft attention their mean.

    What is linear in the glimpse, such as its ink, comes out the same: picks average to
    the soft value. A loss does not: the mean of the losses is larger than the loss of
    the mean, by as much as the picks differ among themselves.

    Traits (inputs):
        image: rows of ink from 0 to 1, at most 24 by 24.
        probabilities: a grid with the probability of each glimpse, rows first; its
            glimpses start at equal steps from corner to corner of the image. Four
            decimals of each are kept.
        size: side of a glimpse in pixels.
        wanted: ``[row, column]`` in the grid: the glimpse that ought to be read; the
            most probable one at first.
        temperature: from 0.05 to 20; below 1 the probabilities are harder, above 1
            softer.
        seed: fixes the picks.
        picks: how many were made, up to 2000.

    Traits (results): ``pick``, the place of the last one, counted along the rows;
    ``mean``, the mean glimpse of the picks and ``mean_loss``, the mean of their losses;
    ``soft``, the mixed glimpse, and ``soft_loss``; ``expected_loss``, to which
    ``mean_loss`` tends; ``gap``, how far that lies above ``soft_loss``. A loss is the
    mean squared difference from the wanted glimpse.

    The probabilities shown at first were made up by hand.

    Example:
        >>> viewer = GlimpseViewer(image=[[0, 1]], probabilities=[[0.5, 0.5]], size=1)
        >>> viewer.soft, viewer.soft_loss, viewer.expected_loss, viewer.gap
        ([0.5], 0.25, 0.5, 0.25)
    """

    image = traits.List(SCENE_OF_EIGHT).tag(sync=True)
    probabilities = traits.List(MADE_UP).tag(sync=True)
    size = traits.Int(8).tag(sync=True)
    wanted = traits.List().tag(sync=True)
    temperature = traits.Float(1.0).tag(sync=True)
    seed = traits.Int(0).tag(sync=True)
    picks = traits.Int(8).tag(sync=True)

    results = ("pick", "mean", "mean_loss", "soft", "soft_loss")
    results += ("expected_loss", "gap")
    pick = traits.Int(None, allow_none=True).tag(sync=True)
    mean = traits.List([]).tag(sync=True)
    mean_loss = traits.Float(None, allow_none=True).tag(sync=True)
    soft = traits.List([]).tag(sync=True)
    soft_loss = traits.Float(0.0).tag(sync=True)
    expected_loss = traits.Float(0.0).tag(sync=True)
    gap = traits.Float(0.0).tag(sync=True)

    @traitlets.default("wanted")
    def _likeliest(self):
        with refusing():
            chances = check_array(
                self.probabilities,
                "(row, column)",
                function=NAME,
                argument="probabilities",
            )
        return list(divmod(int(chances.argmax()), chances.shape[-1]))

    @traitlets.validate("image", "probabilities", "size", "wanted")
    def _scene(self, proposal):
        # together each time: whether one fits depends on the others
        scene = {name: getattr(self, name) for name in SCENE}
        scene[proposal["trait"].name] = proposal["value"]
        return _read_scene(**scene)[proposal["trait"].name]

    @traitlets.validate("temperature")
    def _temperature(self, proposal):
        with refusing():
            return check_between(
                proposal["value"], 0.05, 20, function=NAME, argument="temperature"
            )

    @traitlets.validate("seed", "picks")
    def _counts(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        with refusing():
            count = check_count(value, function=NAME, argument=name, least=0)
            if name == "picks":
                check_between(count, 0, MOST_PICKS, function=NAME, argument=name)
        return count

    def limits(self) -> dict[str, list]:
        rows, columns = np.shape(self.probabilities)
        return super().limits() | {
            "wanted": limits.each(*(limits.whole(0, n - 1) for n in (rows, columns))),
            "temperature": limits.number(0.05, 20),
            "seed": limits.whole(0, MOST_SEED),
            "picks": limits.whole(0, MOST_PICKS),
        }

    def compute(self) -> dict[str, object]:
        glimpses, chances = self._glimpses(), self._chances()
        losses = self._loss(glimpses)
        soft = chances @ glimpses
        soft_loss = self._loss(soft)
        expected_loss = chances @ losses
        places = self._places()
        return {
            "pick": int(places[-1]) if self.picks else None,
            "mean": glimpses[places].mean(axis=0).tolist() if self.picks else [],
            "mean_loss": float(losses[places].mean()) if self.picks else None,
            "soft": soft.tolist(),
            "soft_loss": float(soft_loss),
            "expected_loss": float(expected_loss),
            "gap": float(expected_loss - soft_loss),
        }

    def alt(self) -> str:
        height, width = np.asarray(self.image).shape
        columns = len(self.probabilities[0])
        places = len(self.probabilities) * columns
        so_far = f" (over {self._many()} {self.mean_loss:.3f})" if self.picks else ""
        return (
            f"{places} glimpses of {self.size} by {self.size} pixels into an image of "
            f"{height} by {width}. The mixture of all loses {self.soft_loss:.3f} "
            f"against the wanted glimpse; picks lose {self.expected_loss:.3f} on "
            f"average{so_far}, {self.gap:.3f} more."
        )

    def picture(self) -> str:
        parts = [*self._map(), *self._readings(), *self._loss_line()]
        return svg.picture(640, 390, *parts)

    def _steps(self):
        """How far apart two glimpses lie, down and across."""
        shapes = np.shape(self.image), np.shape(self.probabilities)
        return [
            (side - self.size) // max(count - 1, 1)
            for side, count in zip(*shapes, strict=True)
        ]

    def _glimpses(self):
        """One row of pixels for each place."""
        windows = sliding_window_view(np.array(self.image), (self.size, self.size))
        down, across = (max(step, 1) for step in self._steps())
        return windows[::down, ::across].reshape(-1, self.size**2)

    def _chances(self):
        with np.errstate(divide="ignore"):  # log 0 is -inf: stays 0
            logs = np.log(np.ravel(self.probabilities))
        return softmax(logs, self.temperature)

    def _wanted_glimpse(self):
        row, column = self.wanted
        return self._glimpses()[row * len(self.probabilities[0]) + column]

    def _many(self):
        return "1 pick" if self.picks == 1 else f"{self.picks} picks"

    def _places(self):
        """The place of each pick, in their order."""
        return _places(self._chances(), self.seed, self.picks)

    def _loss(self, glimpses):
        """Mean squared difference from the wanted glimpse, of one or of each."""
        return ((glimpses - self._wanted_glimpse()) ** 2).mean(axis=-1)

    def _map(self):
        """The image, a dot for each glimpse that may be picked, and the frames."""
        unit = 208 / max(np.shape(self.image))
        yield svg.label("where to look", LEFT, 18, font_weight="bold")
        yield from _pixels(self.image, LEFT, TOP, unit)
        down, across = self._steps()
        columns = len(self.probabilities[0])
        step = max(down, across) or self.size / 3
        for place, chance in enumerate(self._chances()):
            if not chance:
                continue
            row, column = divmod(place, columns)
            yield svg.element(
                "circle",
                cx=LEFT + unit * (column * across + self.size / 2),
                cy=TOP + unit * (row * down + self.size / 2),
                r=unit * step * (0.06 + 0.64 * float(chance) ** 0.5),
                fill=svg.WEIGHT,
                stroke="#fff",
            )
        frames = (
            [(divmod(self.pick, columns), svg.COLORS["value"])]
            if self.pick is not None
            else []
        )
        for (row, column), color in [*frames, (self.wanted, svg.COLORS["query"])]:
            yield svg.element(
                "rect",
                x=LEFT + unit * column * across,
                y=TOP + unit * row * down,
                width=unit * self.size,
                height=unit * self.size,
                fill="none",
                stroke=color,
                stroke_width=3,
            )

    def _readings(self):
        """The last pick, the mean of the picks, the mixture."""
        readings: list[tuple] = [("Soft: the mix", self.soft, self.soft_loss)]
        if self.picks:
            pick = self._glimpses()[self.pick]
            readings = [
                (f"Hard: pick {self.picks}", pick, self._loss(pick)),
                (f"Mean of {self._many()}", self.mean, self.mean_loss),
                *readings,
            ]
        for i, (title, glimpse, loss) in enumerate(readings):
            x = 262 + 128 * i
            yield svg.label(title, x, 46, font_size=12, font_weight="bold")
            pixels = np.reshape(glimpse, (self.size, self.size))
            yield from _pixels(pixels, x, 56, 104 / self.size)
            yield svg.label(f"ink {np.mean(glimpse):.3f}", x, 182, font_size=12)
            yield svg.label(f"loss {loss:.3f}", x, 202, font_size=12)

    def _loss_line(self):
        """The mean loss of the picks, where it tends, and the loss of the mixture."""
        losses = self._loss(self._glimpses())
        most = max(1e-9, losses[self._chances() > 0].max())

        def y(loss):
            return float(FOOT - loss / most * (FOOT - HEAD))

        for loss in (0.0, most):
            number = {"text_anchor": "end", "font_size": 11}
            yield svg.label(f"{loss:.2f}", START - 6, y(loss) + 4, **number)
        for n in (1, 10, 100, 1000):
            name = "1 pick" if n == 1 else f"{n}"
            at = {"text_anchor": "middle", "font_size": 11}
            yield svg.label(name, float(_along(n)), FOOT + 16, **at)
        yield svg.stroke(f"M{START} {HEAD}V{FOOT}H{END}", svg.FAINT, 1)
        value, output = svg.COLORS["value"], svg.COLORS["output"]
        level = f"M{START} {{:.1f}}H{END}".format
        yield svg.stroke(level(y(self.soft_loss)), output)
        yield svg.stroke(level(y(self.expected_loss)), value, 2, stroke_dasharray="6 4")
        means = np.cumsum(losses[self._places()]) / np.arange(1, self.picks + 1)
        points = [
            f"{_along(n):.1f} {y(mean):.1f}" for n, mean in enumerate(means, start=1)
        ]
        if points:
            yield svg.stroke(f"M{'L'.join(points)}h0.1", value)
        for x, fill, text in (
            (START, value, "mean loss of the picks (dashed: where it tends)"),
            (START + 320, output, "loss of the mix"),
        ):
            yield svg.label(text, x, HEAD - 14, font_size=12, fill=fill)


SCENE = ("image", "probabilities", "size", "wanted")


def _read_scene(image, probabilities, size, wanted):
    """All four, checked against each other and in the form to store."""
    with refusing():
        ink, chances = (
            check_array(value, axes, function=NAME, argument=name)
            for name, value, axes in (
                ("image", image, within(0, 1, "(row, column)")),
                ("probabilities", probabilities, not_negative("(row, column)")),
            )
        )
        for side in ink.shape:
            check_between(side, 1, LARGEST, function=NAME, argument="side of image")
        check_count(size, function=NAME, argument="size")
        check_between(size, 1, min(ink.shape), function=NAME, argument="size")
    if abs(chances.sum() - 1) > chances.size * 10.0**-DIGITS:
        raise TraitRefused(
            f"{NAME}: probabilities must sum to 1; got a sum of {chances.sum():.4f}."
        )
    for side, count in zip(ink.shape, chances.shape, strict=True):
        if (side - size) % max(count - 1, 1) or (side > size) != (count > 1):
            raise TraitRefused(
                f"{NAME}: glimpses of size {size} must reach from edge to edge in "
                f"equal steps; got image {ink.shape} and probabilities {chances.shape}."
            )
    if len(wanted) != 2 or not all(
        isinstance(i, int) and 0 <= i < count
        for i, count in zip(wanted, chances.shape, strict=False)
    ):
        raise TraitRefused(
            f"{NAME}: wanted must be a [row, column] of the grid {chances.shape}; "
            f"got wanted={wanted}."
        )
    chances = chances.round(DIGITS).tolist()
    values = (ink.round(DIGITS).tolist(), chances, size, list(wanted))
    return dict(zip(SCENE, values, strict=True))


def _uniforms(seed, count):
    """The page's random numbers (mulberry32), from 0 to 1."""
    state, word = seed % 2**32, 2**32 - 1
    for _ in range(count):
        state = (state + 0x6D2B79F5) & word
        t = ((state ^ state >> 15) * (state | 1)) & word
        t ^= (t + (((t ^ t >> 7) * (t | 61)) & word)) & word
        yield (t ^ t >> 14) / 2**32


def _places(chances, seed, count):
    """So many random places, each as often as its chance says."""
    upto = np.cumsum(chances)
    uniforms = np.fromiter(_uniforms(seed, count), float, count)
    return np.searchsorted(upto / upto[-1], uniforms, side="right")


# --- the static picture ---

LEFT, TOP = 10, 32
START, END, HEAD, FOOT = 44, 630, 290, 366  # of the line of losses


def _along(picks):
    """Where a number of picks stands: equal steps for equal factors."""
    return START + (END - START) * np.log(picks) / np.log(MOST_PICKS)


def _pixels(image, x, y, unit):
    """Ink as squares, one path for all squares of a shade, and an outline."""
    image = np.asarray(image).round(2)
    height, width = image.shape
    square = f"h{unit:.2f}v{unit:.2f}h{-unit:.2f}z"
    for ink in np.unique(image[image > 0]):
        yield svg.element(
            "path",
            d="".join(
                f"M{x + unit * column:.1f} {y + unit * row:.1f}{square}"
                for row, column in np.argwhere(image == ink)
            ),
            fill=svg.INK,
            fill_opacity=float(ink),
        )
    size = {"width": unit * width, "height": unit * height}
    yield svg.element("rect", x=x, y=y, fill="none", stroke=svg.FAINT, **size)
