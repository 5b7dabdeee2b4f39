import sys
from types import SimpleNamespace

import pytest

from attn_helpers.optim import AdamW
from attn_helpers.training import Settings, fit
from attn_helpers.training.progress import ProgressLine, somebody_is_looking
from tests.training.small import STEPS, batches, loss, small_model


class Stream:
    def __init__(self, terminal):
        self.text, self.terminal = "", terminal

    def isatty(self):
        return self.terminal

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def shown(monkeypatch, terminal, **settings):
    monkeypatch.setattr(sys, "stderr", Stream(terminal))
    optimizer = AdamW((model := small_model()).parameters())
    settings = Settings(**settings)
    fit(model, batches, loss, optimizer=optimizer, steps=STEPS, settings=settings)
    return sys.stderr.text


def test_a_terminal_sees_one_line_that_ends_complete(monkeypatch):
    text = shown(monkeypatch, terminal=True)
    last = text.split("\r")[-1]
    assert "23/23" in last and "0:00 left" in last and last.count("\n") == 1
    assert "█" * 24 in last


def test_a_pipe_and_a_reader_who_asks_for_quiet_see_nothing(monkeypatch):
    assert shown(monkeypatch, terminal=False) == ""
    assert shown(monkeypatch, terminal=True, progress=False) == ""


def test_a_finished_run_shows_nothing(monkeypatch, tmp_path):
    file = tmp_path / "run.pt"
    assert "23/23" in shown(monkeypatch, terminal=True, checkpoint=file)
    assert shown(monkeypatch, terminal=True, checkpoint=file) == ""


def test_a_line_that_was_broken_off_is_ended(monkeypatch):
    def bad(model, batch):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stderr", Stream(terminal=True))
    optimizer = AdamW((model := small_model()).parameters())
    with pytest.raises(KeyboardInterrupt):
        fit(model, batches, bad, optimizer=optimizer, steps=STEPS)
    assert sys.stderr.text == "\n"


def test_a_program_without_a_console_trains_in_silence(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    optimizer = AdamW((model := small_model()).parameters())
    assert len(fit(model, batches, loss, optimizer=optimizer, steps=3).losses) == 3


@pytest.mark.parametrize(
    ("content", "asks"),
    [({"allow_stdin": True}, True), ({"allow_stdin": False}, False), ({}, False)],
)
def test_a_notebook_shows_the_line_only_if_somebody_sits_before_it(
    monkeypatch, content, asks
):
    request = {"content": content}
    kernel = SimpleNamespace(get_parent=lambda channel: request)
    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=kernel))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert ("23/23" in shown(monkeypatch, terminal=False)) == asks


def test_an_ipython_of_a_terminal_has_no_kernel_to_ask(monkeypatch):
    ipython = SimpleNamespace(get_ipython=lambda: None)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setattr(sys, "stderr", Stream(terminal=False))
    assert not somebody_is_looking()


def test_the_time_left_follows_from_the_pace():
    line = ProgressLine(steps=100, done=20, wanted=True)
    text = line.text(60, 0.12345, line.begun + 80.0)  # 40 steps in 80 s, 40 to go
    assert text == "██████████████·········· 60/100  loss 0.123  1:20 left"


def test_it_is_drawn_five_times_a_second_at_most_and_once_at_the_end(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Stream(terminal=True))
    clock = iter([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    line = ProgressLine(steps=6, done=0, wanted=True)
    for step in range(1, 7):
        line.update(step, 1.0)
    drawn = [text.split()[1] for text in sys.stderr.text.split("\r")[1:]]
    assert drawn == ["3/6", "6/6"]
