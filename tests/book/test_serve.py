"""The little server behind `make serve`."""

import errno
import re
import subprocess
import sys
import threading
import urllib.request

import pytest

from attn_helpers.book import serve
from attn_helpers.book.serve import open_server


def test_a_page_is_served_and_never_from_an_old_copy(tmp_path):
    (tmp_path / "index.html").write_text("a page", "utf-8")
    server = open_server(0, tmp_path)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    with urllib.request.urlopen(address) as page:
        assert page.read() == b"a page"
        assert page.headers["Cache-Control"] == "no-cache"
    server.shutdown()
    server.server_close()


def test_only_this_machine_can_ask(tmp_path):
    with open_server(0, tmp_path) as server:
        assert server.server_address[0] == "127.0.0.1"


@pytest.fixture
def stopped_at_once(monkeypatch):
    """Ctrl-C, as soon as the server listens."""

    def stop(server):
        raise KeyboardInterrupt

    monkeypatch.setattr(serve.ThreadingHTTPServer, "serve_forever", stop)


def test_it_says_where_the_book_is_and_ctrl_c_ends_it(
    tmp_path, monkeypatch, capsys, stopped_at_once
):
    (tmp_path / "index.html").touch()
    monkeypatch.setattr(serve, "HTML", tmp_path)
    serve.main(["0"])
    said = capsys.readouterr().out
    assert re.fullmatch(
        r"The book is at http://127\.0\.0\.1:[1-9]\d+/ \(Ctrl-C to stop\)\n\n", said
    )


def test_a_book_that_is_not_built_is_not_served(tmp_path, monkeypatch, stopped_at_once):
    monkeypatch.setattr(serve, "HTML", tmp_path)
    with pytest.raises(SystemExit, match="not built yet: run `make build` first"):
        serve.main(["0"])


def test_a_port_that_is_not_ours_is_refused_for_its_reason(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(serve, "ThreadingHTTPServer", refuse)
    with pytest.raises(SystemExit, match=r"^Cannot serve at port 80: Permission den"):
        open_server(80, tmp_path)


def test_a_taken_port_is_named_together_with_a_way_out(tmp_path):
    with open_server(0, tmp_path) as first:
        port = first.server_port
        with pytest.raises(SystemExit, match=f"Port {port} is taken.*PORT={port + 1}"):
            open_server(port, tmp_path)


def test_after_the_last_port_comes_none(tmp_path, monkeypatch):
    with open_server(0, tmp_path) as first:
        port = first.server_port
        monkeypatch.setattr(serve, "LAST_PORT", port)
        with pytest.raises(SystemExit, match=f"Port {port} is taken.*PORT={port - 1}"):
            open_server(port, tmp_path)


@pytest.mark.parametrize("port", ["eight", "65536", "-1", "80.0"])
def test_what_is_no_port_is_refused(port, tmp_path):
    with pytest.raises(SystemExit, match=f"PORT must be a number.*got {port}"):
        open_server(port, tmp_path)


def test_an_empty_port_is_refused_as_empty(tmp_path):
    with pytest.raises(SystemExit, match=r"PORT must be a number.*got nothing\."):
        open_server("", tmp_path)


def test_checking_a_free_port_says_nothing():
    command = [sys.executable, serve.__file__, "--check", "0"]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
