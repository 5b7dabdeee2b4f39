"""The pages that describe the package."""

import re

import pytest
from docutils import nodes

from attn_helpers.book.api import PACKAGE, expanded, leave_unlinked, modules_of, section

PAGES = sorted((PACKAGE.parent / "chapters" / "api").glob("*.md"))
# The exercises would give their answers away; the tools of the book serve no chapter.
NOT_SHOWN = re.compile(r"exercises/(?!core/|__init__)|book/")


def shown(source):
    """What stands on the page for a module with this source, line by line."""
    text = section("attn_helpers/floor/room.py", source, "https://host/tree")
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_a_module_is_named_described_and_linked():
    lines = shown('"""What it is for."""\n\ndef f(): ...\n')
    assert lines[0] == "## `floor.room`"
    assert ".. py:module:: attn_helpers.floor.room" in lines
    assert "What it is for." in lines
    link = "https://host/tree/attn_helpers/floor/room.py"
    assert f"`attn_helpers/floor/room.py <{link}>`__" in lines


@pytest.mark.parametrize(
    ("written", "on_the_page"),
    [
        ("def f(q, k, mask=None): ...", "function:: f(q, k, mask=None)"),
        ("def f(q, *, base=10_000.0): ...", "function:: f(q, *, base=10000.0)"),
        ("def f(x: Tensor) -> Tensor: ...", "function:: f(x: Tensor) -> Tensor"),
        ("def f(*x: int, **y: str): ...", "function:: f(*x: int, **y: str)"),
        ("class A: ...", "class:: A"),
        ("class A:\n def __init__(self, n: int=2): ...", "class:: A(n: int=2)"),
        ("class A:\n def m(self, x):\n  'M.'", "method:: m(x)"),
        ("class A:\n @staticmethod\n def m(x):\n  'M.'", "method:: m(x)"),
        ("class A:\n @classmethod\n def m(cls, x):\n  'M.'", "method:: m(x)"),
        ("class A:\n @property\n def p(self) -> int:\n  'P.'", "property:: p"),
        ("@dataclass\nclass A:\n a: int\n b: int = 3", "class:: A(a: int, b: int = 3)"),
        ("class A(NamedTuple):\n a: int", "class:: A(a: int)"),
        (
            "@dataclass(frozen=True)\nclass A:\n"
            " a: dict = field(default_factory=dict)\n b: int = field(default=2)\n"
            " c: int = field(repr=False)",
            "class:: A(a: dict = dict(), b: int = 2, c: int)",
        ),
    ],
)
def test_a_signature_is_shown_as_it_is_called(written, on_the_page):
    assert f".. py:{on_the_page}" in shown(written)


def test_a_property_and_a_method_of_the_class_are_marked():
    lines = shown(
        "class A:\n @property\n def p(self) -> int:\n  'P.'\n"
        " @staticmethod\n def m():\n  'M.'\n"
    )
    assert ":type: int" in lines
    assert ":staticmethod:" in lines


def test_what_is_private_or_a_method_without_a_word_is_left_out():
    lines = shown(
        "def _f(): ...\nclass A:\n def _m(self):\n  'M.'\n def n(self): ...\n"
    )
    assert [line for line in lines if line.startswith(".. py:")] == [
        ".. py:module:: attn_helpers.floor.room",
        ".. py:class:: A",
    ]


def test_classes_of_the_package_are_named_in_full_so_that_they_are_linked():
    lines = shown(
        "from attn_helpers.floor.other import B\nfrom torch import Tensor\n"
        "class A: ...\ndef f(a: A, b: B | None, c: list[Tensor]) -> A: ...\n"
    )
    assert lines[-2] == (
        ".. py:function:: f(a: attn_helpers.floor.room.A, "
        "b: attn_helpers.floor.other.B | None, c: list[Tensor]) "
        "-> attn_helpers.floor.room.A"
    )


def test_arguments_results_and_traits_are_lists_and_a_colon_makes_no_type():
    lines = shown(
        '''def f(q, k):
    """Mix.

    Args:
        q, k: queries and keys.

    Returns:
        weights: zero for a query that may attend to nothing.

    Traits (inputs):
        chosen: which one.
    """
'''
    )
    assert ":param q: queries and keys." in lines
    assert ":param k: queries and keys." in lines
    assert ":returns: weights: zero for a query that may attend to nothing." in lines
    assert ":Traits: **chosen** -- which one." in lines


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ("arXiv:1706.03762, eq. 1", "`arXiv:1706.03762 <https://arxiv.org/abs/1706.0"),
        ("doi:10.1037/0033-295X.97.4.523.", "<https://doi.org/10.1037/0033-295X.97.4"),
        ("doi:10.1037/0033-295X.97.4.523.", "97.4.523>`__."),
    ],
)
def test_a_work_is_linked(source, link):
    assert any(link in line for line in shown(f'"""Source: {source}"""'))


def test_a_place_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match=r"api: there is no cellar in attn_helpers\."):
        expanded("```{api} cellar\n```")


def test_only_the_block_of_a_page_is_written_out():
    page = expanded("# Plots\n\nFigures.\n\n```{api} plots.py\n```\n\nThe end.\n")
    assert page.startswith("# Plots\n\nFigures.\n\n## `plots`\n")
    assert page.endswith("````\n\nThe end.\n")
    assert ".. py:function:: attention_map(" in page


def test_every_public_module_stands_on_one_page():
    asked = re.findall(r"^```\{api\} (.+)$", "\n".join(map(_text, PAGES)), re.MULTILINE)
    on_pages = [path for places in asked for path in modules_of(*places.split())]
    everything = {
        path
        for path in modules_of(".")
        if not NOT_SHOWN.match(path.relative_to(PACKAGE).as_posix())
    }
    assert set(on_pages) == everything
    assert len(on_pages) == len(everything)


def _text(path):
    return path.read_text("utf-8")


@pytest.mark.parametrize(
    ("domain", "target", "linked"),
    [
        ("py", "Tensor", False),
        ("py", "attn_helpers.core._result.Result", False),
        ("py", "attn_helpers.core.result.Result", True),
        ("std", "Tensor", True),
    ],
)
def test_only_our_own_public_names_must_lead_somewhere(domain, target, linked):
    text = nodes.literal()
    asked = {"refdomain": domain, "reftarget": target}
    assert leave_unlinked(None, None, asked, text) is (None if linked else text)


def test_a_signature_on_the_page_leads_to_the_class_that_it_names(html):
    page = (html / "chapters" / "api" / "layers.html").read_text("utf-8")
    links = set(re.findall(r'href="#(attn_helpers\.layers\.[\w.]+)" title=', page))
    assert links
    assert all(f'id="{link}"' in page for link in links)
