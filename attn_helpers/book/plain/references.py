"""What the roles of a chapter say on its page, and where they lead, from Sphinx."""

from typing import Any
from urllib.parse import urljoin

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.directives.code import LiteralIncludeReader
from sphinx.util.docutils import ReferenceRole

from attn_helpers.book.contents import BookError

#: Whose the roles without a domain in their name are.
WITHOUT_DOMAIN = dict.fromkeys(("doc", "numref", "ref", "term"), "std") | {"eq": "math"}
MARKS = {nodes.emphasis: "*", nodes.strong: "**", nodes.literal: "`"}


class SphinxReferences:
    """The references of one page of a book that Sphinx has read; see ``References``."""

    def __init__(self, app: Sphinx, docname: str) -> None:
        self.app, self.docname = app, docname
        here = app.builder.get_target_uri(docname)
        self.page = urljoin(app.config.html_baseurl, here)

    def role(self, name: str, content: str) -> str:
        """A role as Markdown, with links to the published pages.

        Raises:
            BookError: for a role that is no reference, or leads nowhere.
        """
        return self._markdown(self._resolved(name, content))

    def number(self, kind: str, label: str) -> str:
        """What the page calls a numbered exercise or figure."""
        numbers = self.app.env.toc_fignumbers[self.docname][kind][label]
        return self.app.config.numfig_format[kind] % ".".join(map(str, numbers))

    def equation(self, label: str) -> str:
        """The number of a formula, without its brackets."""
        return self._resolved("eq", label).astext().strip("()")

    def file(self, path: str, options: dict[str, Any]) -> str:
        """The lines of a file that these options of ``literalinclude`` choose."""
        _, full = self.app.env.relfn2path(path, self.docname)
        return LiteralIncludeReader(full, options, self.app.config).read()[0]

    def _resolved(self, name, content):
        """What Sphinx puts in place of a role."""
        domain, _, kind = name.rpartition(":")
        explicit = ReferenceRole.explicit_title_re.match(content)
        title, target = explicit.groups() if explicit else (content, content)
        shown = nodes.inline("", title)
        asked = pending_xref(
            "",
            shown,
            refdoc=self.docname,
            reftype=kind,
            reftarget=target,
            refexplicit=bool(explicit),
        )
        found = self.app.env.get_domain(domain or WITHOUT_DOMAIN[kind]).resolve_xref(
            self.app.env, self.docname, self.app.builder, kind, target, asked, shown
        )
        if found is None:
            raise BookError(f"{self.docname}: {{{name}}}`{content}` leads nowhere.")
        return found

    def _markdown(self, node):
        """A resolved reference as Markdown: its marks, its links, its text."""
        if isinstance(node, nodes.Text):
            return node.astext()
        inner = "".join(map(self._markdown, node.children))
        if isinstance(node, nodes.reference):
            to = node.get("refuri") or f"#{node['refid']}"
            return f"[{inner}]({urljoin(self.page, to)})"
        mark = MARKS.get(type(node), "")
        return f"{mark}{inner}{mark}"
