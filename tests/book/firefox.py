"""Find a Firefox for the tests of the built pages, and drive it.

python -m tests.book.firefox               print the path of the browser
python -m tests.book.firefox --install     try to get one first if there is none

Where there is none those tests are skipped and say so, in CI, too: the pages are tested
as a whole in Chromium, and Firefox adds what may differ there.

It is driven by WebDriver BiDi, a standard that Firefox itself speaks, by a socket.
"""

import itertools
import json
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

from tests.book import programs

NAMES = ("firefox-esr", "firefox")
MAC_FIREFOX = "/Applications/Firefox.app/Contents/MacOS/firefox"
MISSING = (
    "No Firefox was found, so the built pages are not tested in it. Install one (on "
    "Debian `apt install firefox-esr`), or name it in the environment variable FIREFOX."
)
WATCHED = ("log.entryAdded", "network.beforeRequestSent")
PATIENCE = 60  # seconds, for an answer


def find_firefox():
    """The path of a Firefox that starts, or None."""
    usual = [*programs.on_path(NAMES), MAC_FIREFOX]
    return programs.that_starts(programs.named("FIREFOX") or usual)


def main(arguments):
    """Print the browser's path, after trying to install one if asked."""
    if "--install" in arguments and find_firefox() is None:
        programs.run(programs.apt("firefox-esr"))
    path = find_firefox()
    print(f"Pages are tested in {path}, too" if path else MISSING)


@contextmanager
def started(path, profile):
    """A Firefox without windows that keeps what it keeps in a folder of its own."""
    from websocket import (
        create_connection,
    )  # an installed Python has it, a bare one not

    Path(profile).mkdir()
    line = [path, "--headless", "--profile", profile, "--remote-debugging-port", "0"]
    process = subprocess.Popen(
        line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        address = f"ws://{_heard_at(Path(profile))}/session"
        with closing(
            create_connection(address, timeout=PATIENCE, suppress_origin=True)
        ) as socket:
            yield Session(socket)
    finally:
        process.kill()
        process.wait()


def _heard_at(profile):
    """Host and port where it listens, which it writes down when it does."""
    note = profile / "WebDriverBiDiServer.json"
    for _ in range(10 * PATIENCE):
        if note.exists() and (text := note.read_text()):
            told = json.loads(text)
            return f"{told['ws_host']}:{told['ws_port']}"
        time.sleep(0.1)
    raise TimeoutError(f"Firefox did not listen within {PATIENCE} seconds")


class Session:
    """What is asked of the browser, and the events that it tells of meanwhile."""

    def __init__(self, socket):
        self.socket = socket
        self.numbers = itertools.count()
        self.events = []
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=WATCHED)

    def ask(self, method, **params):
        """The answer to one command; an error that it names is raised."""
        number = next(self.numbers)
        command = {"id": number, "method": method, "params": params}
        self.socket.send(json.dumps(command))
        while (said := json.loads(self.socket.recv())).get("id") != number:
            self.events.append(said)
        if said["type"] == "error":
            raise RuntimeError(f"{method}: {said['error']}: {said['message']}")
        return said["result"]

    def new_tab(self):
        """A tab that shares nothing with any other."""
        user = self.ask("browser.createUserContext")["userContext"]
        made = self.ask("browsingContext.create", type="tab", userContext=user)
        return Tab(self, made["context"])


class Tab:
    """A page; what Playwright has, too, has the same name here."""

    def __init__(self, session, context):
        self.session = session
        self.context = context

    def goto(self, address):
        """Go there, and wait until it has loaded."""
        self._ask("browsingContext.navigate", url=address, wait="complete")

    def evaluate(self, function, argument=None):
        """What a function of JavaScript returns, or what its promise gives."""
        program = (
            f"async (text) => JSON.stringify(await ({function})(JSON.parse(text)))"
        )
        given = [{"type": "string", "value": json.dumps(argument)}]
        said = self.session.ask(
            "script.callFunction",
            functionDeclaration=program,
            arguments=given,
            awaitPromise=True,
            target={"context": self.context},
        )
        if said["type"] == "exception":
            raise RuntimeError(said["exceptionDetails"]["text"])
        return json.loads(said["result"].get("value", "null"))

    def wait_for_function(self, function):
        """Wait until it returns something that is true."""
        begun = time.monotonic()
        while not self.evaluate(function):
            if time.monotonic() - begun > PATIENCE:
                raise TimeoutError(f"never true: {function}")
            time.sleep(0.05)

    def press(self, *keys):
        """Hold the keys down, one after the other, and let them go again."""
        down = [{"type": "keyDown", "value": key} for key in keys]
        up = [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self._act("key", [*down, *up])

    def drag(self, selector, dx, dy):
        """Pull the middle of an element by so many pixels, or press on it."""
        x, y = self.evaluate(
            """(selector) => {
              const found = document.querySelector(selector);
              found.scrollIntoView({ block: "center", behavior: "instant" });
              const { x, y, width, height } = found.getBoundingClientRect();
              return [x + width / 2, y + height / 2];
            }""",
            selector,
        )

        def move(share):
            place = {"x": round(x + share * dx), "y": round(y + share * dy)}
            return {"type": "pointerMove", **place}

        way = [move(step / 5) for step in range(1, 6)]
        down, up = ({"type": f"pointer{kind}", "button": 0} for kind in ("Down", "Up"))
        self._act("pointer", [move(0), down, *way, up])

    def click(self, selector):
        self.drag(selector, 0, 0)

    def set_offline(self, is_offline):
        """Without a network, or with it again."""
        conditions = {"type": "offline"} if is_offline else None
        self.session.ask(
            "emulation.setNetworkConditions",
            networkConditions=conditions,
            contexts=[self.context],
        )

    @property
    def errors(self):
        """What the page has complained of."""
        told = self._told("log.entryAdded")
        return [entry["text"] for entry in told if entry["level"] == "error"]

    @property
    def requests(self):
        """The addresses that it has asked for."""
        told = self._told("network.beforeRequestSent")
        return [asked["request"]["url"] for asked in told]

    def _told(self, event):
        self.evaluate("() => 1")  # what was told before the answer has come, too
        told = [it["params"] for it in self.session.events if it["method"] == event]
        return [it for it in told if it.get("source", it)["context"] == self.context]

    def _ask(self, method, **params):
        self.session.ask(method, context=self.context, **params)

    def _act(self, kind, actions):
        source = {"type": kind, "id": kind, "actions": actions}
        self._ask("input.performActions", actions=[source])


if __name__ == "__main__":
    main(sys.argv[1:])
