"""Work that may hang, in a thread of its own: whoever asks waits only as long as it wants to."""

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread


class Apart[T]:
    """One piece of work that is done again and again, by one thread, which so needs one database connection.
    Those who ask while it is being done wait for the same answer. The thread keeps no process from ending."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work, self._lock = work, Lock()
        self._asked: SimpleQueue[Future[T]] = SimpleQueue()
        self._under_way: Future[T] | None = None
        self._thread: Thread | None = None

    def answer(self, patience: float) -> T:
        """What came of it, within so many seconds.

        Raises:
            TimeoutError: nothing yet. It goes on; who asks again may have its answer.
        """
        return self._future().result(patience)

    def _future(self) -> Future[T]:
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, daemon=True, name="apart")
                self._thread.start()
            if self._under_way is None or self._under_way.done():
                self._under_way = Future()
                self._asked.put(self._under_way)
            return self._under_way

    def _run(self) -> None:
        while True:
            future = self._asked.get()
            try:
                future.set_result(self._work())
            except Exception as error:  # noqa: BLE001 - it is raised again where it was asked for
                future.set_exception(error)
