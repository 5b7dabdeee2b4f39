"""BookWidget: a figure the reader can move, with and without a kernel.

A widget is a folder of its name: ``widget.py`` (traits, the static picture),
``view.js``, ``style.css`` and what only it needs. In JupyterLab it is an ordinary
anywidget. Its stored output is a ``<div class="book-widget">`` around a picture of its
first state; the host of the published page finds that element and runs the same view.
"""

import base64
import html
import importlib
import json
import re
from collections.abc import Mapping

import anywidget

from attn_helpers.widgets.kit import bundle, limits, traits

IPYWIDGETS_TRAITS = {"layout", "tabbable", "tooltip", "comm", "keys", "log"}


class BookWidget(anywidget.AnyWidget):
    """Base of all widgets of the book.

    A subclass lists its input traits (JSON-able, ``.tag(sync=True)``), names in
    ``results`` the traits that follow from them, and implements ``compute``,
    ``picture`` and ``alt``.
    """

    results = ()
    view: str = ""
    challenge = traits.Dict().tag(sync=True)

    def __init_subclass__(cls, **kwargs):
        view = view_of(cls.__name__)
        # add_traits makes a subclass of the same name: that one inherits the view
        if not cls.view and (bundle.HERE / view).exists():
            modules = bundle.modules_of(view)
            cls.view = view
            cls._esm = bundle.esm(view)
            cls._css = "\n".join(map(bundle.read, bundle.styles_of(modules)))
        super().__init_subclass__(**kwargs)

    def __init__(self, **values: object):
        unknown = sorted(set(values) - set(self.trait_names()))
        if unknown:
            known = ", ".join(sorted(self.inputs()))
            raise TypeError(
                f"{type(self).__name__}: unknown trait {unknown[0]!r}; known: {known}."
            )
        super().__init__(**values)
        self._update()
        self.observe(self._update, names=self.inputs())

    def inputs(self) -> list[str]:
        """Names of the traits a reader or a program may set."""
        return [
            name
            for name in sorted(self.trait_names(sync=True))
            if not name.startswith("_")
            and name not in IPYWIDGETS_TRAITS
            and name not in self.results
        ]

    def state(self) -> dict[str, object]:
        """A copy of the inputs as a dictionary that goes through JSON unchanged."""
        return {name: traits.plain(getattr(self, name)) for name in self.inputs()}

    def compute(self) -> dict[str, object]:
        """The result traits for the present inputs, from ``reference``."""
        return {}

    def picture(self) -> str:
        """The present state as SVG text, deterministic to the last character."""
        raise NotImplementedError

    def alt(self) -> str:
        """What the picture shows, in one sentence with its numbers."""
        raise NotImplementedError

    def limits(self) -> dict[str, list]:
        """What a link to a state of this figure may set, by the name of the input.

        That is what has a few values anyway; a subclass adds its numbers and lists.
        """
        own = {name: self.traits()[name] for name in self.inputs()}
        return {
            name: limits.one_of(getattr(trait, "values", (False, True)))
            for name, trait in own.items()
            if isinstance(trait, traits.Enum | traits.Bool)
        }

    @classmethod
    def data(cls) -> dict[str, object]:
        """What a view without a kernel loads when it is first seen; JSON-able."""
        return {}

    def fallback(self) -> str:
        """The HTML that stands where the widget cannot run."""
        svg = base64.b64encode(self.picture().encode()).decode()
        return (
            f'<img alt="{html.escape(self.alt())}" class="book-widget-picture" '
            f'width="640" src="data:image/svg+xml;base64,{svg}">'
        )

    def page_html(self) -> str:
        """The element that the page's script brings to life."""
        state = json.dumps(self.state(), sort_keys=True, separators=(",", ":"))
        return (
            f'<div class="book-widget" data-widget="{type(self).__name__}" '
            f'data-state="{html.escape(state)}">{self.fallback()}</div>'
        )

    def __repr__(self):
        return f"{type(self).__name__}: {self.alt()}"

    def _repr_mimebundle_(self, **kwargs):
        bundled = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundled if isinstance(bundled, tuple) else (bundled, {})
        data = dict(data or {})
        data["text/plain"] = repr(self)
        data["text/html"] = self.page_html()
        return data, metadata

    def _update(self, _change=None):
        self.set_trait_values(self.compute())

    def set_trait_values(self, values: Mapping[str, object]) -> None:
        """Assign several traits at once, so that views redraw once."""
        with self.hold_sync(), self.hold_trait_notifications():
            for name, value in values.items():
                setattr(self, name, value)


def view_of(name: str) -> str:
    """The view of the widget class of a name; ``book/host.js`` has the same rule.

    Example:
        >>> view_of("HeadMixer")
        'head_mixer/view.js'
    """
    folder = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return f"{folder}/view.js"


def widget_classes() -> dict[str, type[BookWidget]]:
    """Every widget of the package by name, found by its view."""
    for path in sorted(bundle.HERE.glob("*/view.js")):
        importlib.import_module(f"attn_helpers.widgets.{path.parent.name}")
    return {cls.__name__: cls for cls in BookWidget.__subclasses__()}
