import os
from pathlib import Path

import pytest
import torch
from torch import nn

from attn_helpers.optim import AdamW
from attn_helpers.training import checkpoint, linear_decay
from tests.training.small import STEPS, loss, power_cut, same, small_model, train


def validate(model):
    return model[0].weight.abs().sum().item()  # its lowest value is not the last


@pytest.mark.parametrize("after", [5, 9, 14])
def test_a_run_that_was_cut_off_goes_on_bit_for_bit(after, tmp_path):
    settings = {"validate": validate, "every": 4, "schedule": linear_decay(STEPS)}
    whole, broken = small_model(), small_model()
    expected = train(whole, **settings)
    file = tmp_path / "run.pt"
    with pytest.raises(KeyboardInterrupt):
        train(broken, batches=power_cut(after), checkpoint=file, **settings)
    resumed = small_model(seed=9)  # its own weights and rate do not matter
    optimizer = AdamW(resumed.parameters(), lr=0.7)
    again = train(resumed, optimizer=optimizer, checkpoint=file, **settings)
    assert again == expected
    assert same(resumed, whole)
    assert os.listdir(tmp_path) == ["run.pt"]


def test_a_finished_run_is_not_run_again(tmp_path):
    file, model, again = tmp_path / "run.pt", small_model(), small_model(seed=9)
    history = train(model, checkpoint=str(file))
    assert train(again, batches=power_cut(0), checkpoint=file) == history
    assert same(again, model)
    assert not again.training


def test_a_finished_run_may_be_made_longer(tmp_path):
    file, model, again = tmp_path / "run.pt", small_model(), small_model(seed=9)
    expected = train(model)
    train(small_model(), steps=STEPS - 1, checkpoint=file)
    assert train(again, checkpoint=file) == expected
    assert same(again, model)


# --- refused before the first step ---


def refused(kind, message, model=None, **settings):
    """The sentence is said, no loss was asked for, and the model is as it was."""
    model, steps = small_model() if model is None else model, []
    before = [weight.clone() for weight in model.state_dict().values()]

    def spy(model, batch):
        steps.append(batch)
        return loss(model, batch)

    with pytest.raises(kind) as caught:
        train(model, loss=spy, **settings)
    assert str(caught.value).startswith(f"fit: {message}")
    assert steps == []
    for weight, kept in zip(model.state_dict().values(), before, strict=True):
        assert torch.equal(weight, kept)


def allow_reading_alone(monkeypatch):
    """A folder in which nobody may write, whoever runs the test."""
    may_do_all = Path.open

    def only_read(path, mode="r", *rest, **named):
        if set(mode) & set("wax+"):
            raise PermissionError(13, "Permission denied")
        return may_do_all(path, mode, *rest, **named)

    monkeypatch.setattr(Path, "open", only_read)


WRITTEN = "checkpoint must be a file that can be written; got checkpoint="


def test_a_missing_folder(tmp_path):
    path = tmp_path / "new" / "run.pt"
    reason = f"{WRITTEN}{str(path)!r} (No such file or directory)."
    refused(FileNotFoundError, reason, checkpoint=path)


def test_a_folder_in_place_of_a_file(tmp_path):
    reason = f"{WRITTEN}{str(tmp_path)!r} (it is a folder)."
    refused(IsADirectoryError, reason, checkpoint=tmp_path)


def test_a_file_in_place_of_a_folder(tmp_path):
    (tmp_path / "notes").write_text("")
    path = tmp_path / "notes" / "run.pt"
    refused(OSError, WRITTEN, checkpoint=path)


def test_a_name_that_is_too_long(tmp_path):
    refused(OSError, WRITTEN, checkpoint=tmp_path / ("x" * 300))


@pytest.mark.parametrize("begun", [False, True])
def test_a_folder_in_which_nobody_may_write(tmp_path, monkeypatch, begun):
    path = tmp_path / "run.pt"
    if begun:
        train(small_model(), steps=5, checkpoint=path)

    allow_reading_alone(monkeypatch)
    reason = f"{WRITTEN}{str(path)!r} (Permission denied)."
    refused(PermissionError, reason, checkpoint=path)


def test_a_finished_run_needs_no_place_to_write(tmp_path, monkeypatch):
    history = train(small_model(), checkpoint=tmp_path / "run.pt")

    allow_reading_alone(monkeypatch)
    assert train(small_model(), checkpoint=tmp_path / "run.pt") == history


def test_a_good_place_is_tried_and_left_as_it_was(tmp_path):
    checkpoint.check_place(tmp_path / "run.pt", function="fit")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"some notes about the run", id="text"),
        pytest.param({"weight": torch.ones(2)}, id="weights alone"),
        pytest.param([1.0], id="a list"),
        pytest.param(None, id="cut in half"),
    ],
)
def test_a_file_that_is_no_checkpoint(tmp_path, content):
    path = tmp_path / "run.pt"
    if content is None:
        train(small_model(), steps=5, checkpoint=path)
        content = path.read_bytes()[: path.stat().st_size // 2]
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    rule = "checkpoint must be a whole file that fit has saved; got checkpoint="
    refused(ValueError, f"{rule}{str(path)!r}.", checkpoint=path)


def test_a_checkpoint_of_another_seed(tmp_path):
    path = tmp_path / "run.pt"
    train(small_model(), steps=5, checkpoint=path, seed=1)
    rule = "seed must be the one that the checkpoint was begun with"
    refused(ValueError, f"{rule}; got seed=2, not 1.", checkpoint=path, seed=2)


def test_a_checkpoint_that_is_further_on(tmp_path):
    path = tmp_path / "run.pt"
    train(small_model(), steps=8, checkpoint=path)
    message = "saved steps must be at most steps; got saved steps=8 and steps=7."
    refused(ValueError, message, small_model(seed=9), steps=7, checkpoint=path)


def test_a_checkpoint_of_another_model(tmp_path):
    path = tmp_path / "run.pt"
    train(small_model(), steps=5, checkpoint=path)
    rule = "model must have the weights that the checkpoint was begun with"
    wider = nn.Sequential(nn.Linear(3, 7), nn.Dropout(0.5), nn.Linear(7, 2))
    other = f"{rule}; got others for 2.weight, 2.bias."
    refused(ValueError, other, wider, checkpoint=path)
    deeper = nn.Sequential(*small_model(), nn.Linear(1, 1))
    other = f"{rule}; got others for 3.weight, 3.bias."
    refused(ValueError, other, deeper, checkpoint=path)


def test_a_checkpoint_of_another_optimiser(tmp_path):
    path, model = tmp_path / "run.pt", small_model()
    sgd = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    train(model, steps=5, checkpoint=path, optimizer=sgd)
    again = small_model(seed=9)
    with pytest.raises(ValueError, match="the state must be one that AdamW has saved"):
        train(again, checkpoint=path)
    assert same(again, small_model(seed=9))


# --- a break while saving ---


def test_a_save_that_breaks_half_way_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "run.pt"
    history = train(small_model(), steps=5, checkpoint=path)
    whole = path.read_bytes()

    def disk_full(state, file):
        file.write(b"half of ")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(torch, "save", disk_full)
        train(small_model(), steps=6, checkpoint=path)
    assert path.read_bytes() == whole
    assert os.listdir(tmp_path) == ["run.pt"]
    assert train(small_model(), steps=5, checkpoint=path) == history


def test_what_was_saved_is_on_the_disk_before_it_takes_the_name(tmp_path, monkeypatch):
    done, path = [], tmp_path / "run.pt"
    fsync, replace = os.fsync, os.replace

    def to_disk(number):
        done.append(("fsync", os.fstat(number).st_size))
        fsync(number)

    def rename(one, other):
        done.append(("rename", os.stat(one).st_size))
        replace(one, other)

    monkeypatch.setattr(os, "fsync", to_disk)
    monkeypatch.setattr(os, "replace", rename)
    checkpoint.save({"weight": torch.ones(7)}, path)
    assert done == [("fsync", path.stat().st_size), ("rename", path.stat().st_size)]
    assert torch.load(path)["weight"].sum() == 7


def test_what_an_earlier_break_left_behind_is_cleared_away(tmp_path):
    (tmp_path / "run.pt.part").write_bytes(b"half of something")
    train(small_model(), steps=5, checkpoint=tmp_path / "run.pt")
    assert os.listdir(tmp_path) == ["run.pt"]
