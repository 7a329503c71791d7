"""Where Prometheus is answered (docs/metrics.md). The first of our processes that is told where to listen
does; those that it starts only count, into a folder that they all share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Final

from placet.project.config import Config, ConfigError

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
LISTEN: Final = "PLACET_METRICS_LISTEN"


@contextmanager
def shown(config: Config) -> Iterator[None]:
    """Answers Prometheus for as long as this lasts, where it is wished. To be begun before anything is
    counted, and before child processes are started.

    Raises:
        ConfigError: nobody can listen there.
    """
    if not config.metrics_listen:
        yield
        return
    with TemporaryDirectory(prefix="placet-metrics-") as folder:
        os.environ.setdefault(FOLDER, folder)
        os.environ[LISTEN] = ""
        with _answering(config.metrics_listen, os.environ[FOLDER]):
            yield


@contextmanager
def _answering(listen: str, folder: str) -> Iterator[None]:
    from prometheus_client import start_http_server  # it looks for the folder when it is imported

    from placet.project.gauges import registry

    host, _, port = listen.rpartition(":")
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), registry(folder))
    except OSError as error:
        raise ConfigError(f"PLACET_METRICS_LISTEN={listen}: {error.strerror}.") from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
