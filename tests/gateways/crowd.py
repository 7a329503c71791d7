"""Several at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

CROWD = 8


def at_once[Answer](act: Callable[[], Answer]) -> list[Answer]:
    """The answers of eight threads that do the same together."""
    together = Barrier(CROWD)

    def one() -> Answer:
        together.wait(timeout=10)
        return act()

    with ThreadPoolExecutor(CROWD) as pool:
        return [each.result() for each in [pool.submit(one) for _ in range(CROWD)]]
