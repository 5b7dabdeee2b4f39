"""The checks where readers meet them: in a kernel, with its threads and its streams."""

import asyncio

import pytest
from nbclient import NotebookClient
from nbformat import v4

CELLS = {
    "setup": """\
import numpy as np, os, torch
from attn_helpers.exercises import check, registry
answer = registry()["softmax"].answer
torch.ones(300, 300) @ torch.ones(300, 300)

def forever(scores):
    while True:
        pass""",
    "right": "print(check('softmax', answer).status)",
    "wrong": "print(check('softmax', lambda s: print('here') or s / 2).status)",
    "crash": "print(check('softmax', lambda s: os._exit(3)).message)",
    "forever": "print(check('softmax', forever).message)",
    "line": """\
def broken(scores):
    return scores.nothing

print(check('softmax', broken).message)""",
}
PATIENT = """\
from attn_helpers.exercises.core import sandbox
sandbox.SECONDS_PER_STEP = 60
print("begun", flush=True)
print(check('softmax', forever).message)"""
STOPPED = "begun\nYou stopped your function before it came back.\n"


async def printed(client, code, meanwhile=None):
    """What a cell prints; once it has begun to, something may be done meanwhile."""
    cell = v4.new_code_cell(code)
    client.nb.cells.append(cell)
    number = len(client.nb.cells) - 1
    running = asyncio.create_task(client.async_execute_cell(cell, number))
    while meanwhile and not cell.outputs:
        await asyncio.sleep(0.05)
    if meanwhile:
        await asyncio.sleep(0.5)
        await meanwhile()
    await running
    return "".join(output.get("text", "") for output in cell.outputs)


async def session():
    client = NotebookClient(v4.new_notebook(), timeout=60)
    async with client.async_setup_kernel():
        said = {name: await printed(client, code) for name, code in CELLS.items()}
        said["stopped"] = await printed(client, PATIENT, client.km.interrupt_kernel)
        said["after that"] = await printed(client, CELLS["right"])
    return said


@pytest.fixture(scope="module")
def said():
    """What each cell printed."""
    return asyncio.run(session())


def test_the_judge_works_in_a_kernel(said):
    assert (said["right"], said["wrong"]) == ("correct\n", "not yet\n")


def test_a_kernel_outlives_what_it_checks(said):
    assert "ended the whole program" in said["crash"]
    assert "had not come back after two seconds" in said["forever"]


def test_an_error_names_the_line_of_the_cell(said):
    assert "at line 2, `return scores.nothing`" in said["line"]


def test_a_reader_may_stop_a_check_and_go_on(said):
    assert (said["stopped"], said["after that"]) == (STOPPED, "correct\n")
