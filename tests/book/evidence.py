"""What a failing test of a page leaves behind: picture, console and trace."""

import re
import shutil


class Evidence:
    """The contexts of one test; `keep` writes what they showed and said."""

    def __init__(self, browser):
        self.browser = browser
        self.contexts = []
        self.said = []

    def new_context(self, **options):
        """A browser context whose pages are watched from the start."""
        context = self.browser.new_context(**options)
        context.tracing.start()
        context.on("console", lambda m: self.said.append(f"{m.type}: {m.text}"))
        context.on("weberror", lambda e: self.said.append(f"uncaught: {e.error}"))
        self.contexts.append(context)
        return context

    def keep(self, folder):
        """Write pictures, what was said, and traces for `playwright show-trace`."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "console.txt").write_text("\n".join(self.said), encoding="utf-8")
        for i, context in enumerate(self.contexts):
            for j, page in enumerate(context.pages):
                page.screenshot(path=folder / f"page_{i}_{j}.png")
            context.tracing.stop(path=folder / f"trace_{i}.zip")

    def close(self):
        for context in self.contexts:
            context.close()


def folder_of(root, test):
    """Where the evidence of a test lies, by its id."""
    return root / "_build" / "page_failures" / re.sub(r"[^\w.-]+", "_", test)
