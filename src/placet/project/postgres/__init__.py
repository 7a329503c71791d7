"""The embedded PostgreSQL: a server of our own for whoever has none, gone when nobody uses it.

    with postgres.Server(data_dir) as server:
        connect(server.address)

Three kinds of processes play together, by two locks in the data folder:

- a **user** (any `placet` command) shares `users.lock` for as long as it wants the server. Whoever
  finds `keeper.lock` free starts a keeper and hands the lock over to it;
- the **keeper** (`python -m placet.project.postgres.keeper`) makes the cluster if there is none and
  runs PostgreSQL as its child, until it gets `users.lock` for itself alone: then nobody is left;
- **PostgreSQL** inherits `keeper.lock`, so that the lock is free only when its last process is
  gone, and is told by the kernel when its keeper dies.

The kernel releases locks however their owner ends, so a kill -9 of any of the three leaves neither
a server nor a stale file that could stop the next start.
"""

from placet.project.postgres.folder import Folder, PostgresError
from placet.project.postgres.server import Server

__all__ = ["Folder", "PostgresError", "Server"]
