"""Give a fork of the book its own address, everywhere at once.

python -m attn_helpers.book.address URL    or: make address URL=https://github.com/…

The address stands in the settings, the licence, the citation, the pages and in the
first cell of each chapter. That cell has no part in any output, so no chapter runs
again.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from attn_helpers.book.contents import ROOT, BookError
from attn_helpers.book.rewriting import rewrite

GITHUB = re.compile(r"https://github\.com/([\w-]+)/([\w.-]+?)(?:\.git)?/?")


class Address(NamedTuple):
    """Whose copy of the book, and its name."""

    owner: str
    name: str

    @property
    def pages(self) -> str:
        """Where GitHub shows the built pages, without ``https://``."""
        host = f"{self.owner.lower()}.github.io"
        return host if self.name.lower() == host else f"{host}/{self.name}"


def main(arguments: Sequence[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        changed = move(arguments[0] if arguments else "")
    except BookError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(str(path.relative_to(ROOT)) for path in changed))
    print(f"{len(changed)} files changed.")
    return 0


def move(url: str, root: Path = ROOT) -> list[Path]:
    """Put ``url`` in place of the present address; return the files that changed."""
    new, old = parsed(url), present(root)
    return rewrite(root, lambda text: moved(text, old, new))


def parsed(url: str) -> Address:
    """The address that a URL of GitHub names."""
    found = GITHUB.fullmatch(url.strip())
    if not found:
        raise BookError(
            "address: say where the fork lives, as in: make address "
            f"URL=https://github.com/teacher/fork; got {url!r}."
        )
    return Address(*found.groups())


def present(root: Path) -> Address:
    """The address that the settings give now."""
    config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    return parsed(config["repository"]["url"])


def moved(text: str, old: Address, new: Address) -> str:
    """The text with each form of the old address replaced by the new one's."""
    forms = {
        f"{old.owner}/{old.name}": f"{new.owner}/{new.name}",
        old.pages: new.pages,
        f"cd {old.name}": f"cd {new.name}",
    }
    form = re.compile(rf"(?<![\w.-])({'|'.join(map(re.escape, forms))})(?![\w-])")
    return form.sub(lambda found: forms[found[0]], text)


if __name__ == "__main__":
    sys.exit(main())
