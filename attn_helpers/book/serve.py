"""Show the built book on this machine.

python attn_helpers/book/serve.py PORT            serve _build/html until Ctrl-C
python attn_helpers/book/serve.py --check PORT    only see whether the port is free

Standard library only: the port is checked before anything is installed.
"""

import errno
import sys
from collections.abc import Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HTML = Path(__file__).resolve().parents[2] / "_build" / "html"
LAST_PORT = 65535


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a line per request, and never a stale copy."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a page is some thirty requests."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()


def open_server(port: str | int, directory: str | Path = HTML) -> ThreadingHTTPServer:
    """A server on 127.0.0.1, or an exit with one sentence that says what to do."""
    try:
        handler = partial(QuietHandler, directory=str(directory))
        return ThreadingHTTPServer(("127.0.0.1", int(port)), handler)
    except (ValueError, OverflowError):
        got = port or "nothing"
        sys.exit(f"PORT must be a number from 1024 to {LAST_PORT}; got {got}.")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = int(port) + 1 if int(port) < LAST_PORT else LAST_PORT - 1
            sys.exit(
                f"Port {port} is taken: stop what uses it, or choose another one, "
                f"as in: make serve PORT={other}"
            )
        sys.exit(f"Cannot serve at port {port}: {error.strerror}.")


def main(arguments: Sequence[str]) -> None:
    """Check the port, or serve the book until Ctrl-C."""
    server = open_server(arguments[-1])
    with server:
        if arguments[0] == "--check":
            return
        if not (HTML / "index.html").exists():
            sys.exit("The book is not built yet: run `make build` first.")
        print(
            f"The book is at http://127.0.0.1:{server.server_port}/ (Ctrl-C to stop)",
            flush=True,
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main(sys.argv[1:])
