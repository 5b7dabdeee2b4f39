"""Compare functions by CPU time, taken in turns so that drift hits all alike."""

import statistics
import time


def medians(functions, rounds=9, at_least=0.05):
    """Median CPU seconds a call by name; every round calls each function in turn."""
    seconds = {name: [] for name in functions}
    for function in functions.values():
        function()  # warm up
    for _ in range(rounds):
        for name, function in functions.items():
            calls, start = 0, time.process_time()
            while time.process_time() - start < at_least:
                function()
                calls += 1
            seconds[name].append((time.process_time() - start) / calls)
    return {name: statistics.median(times) for name, times in seconds.items()}
