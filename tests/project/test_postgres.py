"""The embedded PostgreSQL: whatever is killed, nothing is left behind and nothing is lost.

Users of the server are processes of their own here, as they are in life.
"""

import ctypes
import os
import pwd
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from placet.project.postgres import PostgresError, Server
from placet.project.postgres.identity import CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, turn_into
from tests.processes import SOON, alive, all_gone, command, everybody, family, kill, parent

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

USER = """
import sys
from pathlib import Path
from placet.project.postgres import PostgresError, Server
try:
    with Server(Path(sys.argv[1]), ["shared_buffers=16MB"]) as server:
        print(server.address, flush=True)
        sys.stdin.read()
except PostgresError as error:
    print("refused:", error, flush=True)
"""


@dataclass
class User:
    """A process that has the server until its input ends or it is killed."""

    process: subprocess.Popen[str]
    answer: str = ""

    def wait_for_answer(self) -> str:
        """The server's address, or why there is none."""
        assert self.process.stdout
        self.answer = self.answer or self.process.stdout.readline().strip()
        return self.answer


@contextmanager
def user_of(data_dir: Path, become: Callable[[], None] | None = None) -> Iterator[User]:
    placet = [sys.executable, "-P", "-c", USER, str(data_dir)]
    pipe = subprocess.PIPE
    with subprocess.Popen(placet, stdin=pipe, stdout=pipe, text=True, preexec_fn=become) as process:  # noqa: S603, PLW1509
        yield User(process)
        assert process.stdin
        process.stdin.close()
        process.wait(SOON)


def note(address: str, word: str) -> None:
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (word text)")
        connection.execute("INSERT INTO note VALUES (%s)", [word])


def notes(address: str) -> list[str]:
    with psycopg.connect(address) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM note")]


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def test_two_first_starts_at_once_share_one_server(tmp_path: Path) -> None:
    with user_of(tmp_path) as one, user_of(tmp_path) as other:
        note(one.wait_for_answer(), "from one")
        assert notes(other.wait_for_answer()) == ["from one"]
        server = family(postmaster(tmp_path))
    assert all_gone(server)


def test_the_last_of_two_users_takes_the_server_with_it(data_dir: Path) -> None:
    with user_of(data_dir) as stays:
        address = stays.wait_for_answer()
        with user_of(data_dir) as leaves:
            leaves.wait_for_answer()
        note(address, "still there")
        server = postmaster(data_dir)
        keeper = parent(server)
    assert not alive(server), "who leaves last waits for the end"
    assert all_gone([keeper])


def test_a_killed_user_leaves_no_server(data_dir: Path) -> None:
    with user_of(data_dir) as user:
        user.wait_for_answer()
        server = postmaster(data_dir)
        everything = [*family(server), parent(server)]
        user.process.kill()
        assert all_gone(everything)
    assert not (data_dir / "postgres" / "postmaster.pid").exists(), "it was shut down, not killed"


def test_a_killed_keeper_leaves_no_server_and_the_user_can_have_it_again(data_dir: Path) -> None:
    with Server(data_dir) as server:
        note(server.address, "committed")
        everything = family(postmaster(data_dir))
        kill([parent(everything[0])])
        assert all_gone(everything)
        assert not server.answers()
        server.revive()
        assert notes(server.address) == ["committed"]


@pytest.mark.parametrize("number_taken", [False, True], ids=["number free", "number taken by another"])
def test_starts_after_everything_was_killed(data_dir: Path, *, number_taken: bool) -> None:
    with user_of(data_dir) as user:
        note(user.wait_for_answer(), "committed")
        server = postmaster(data_dir)
        everything = [user.process.pid, parent(server), *family(server)]
        kill(everything)
        assert all_gone(everything)
    pid_file = data_dir / "postgres" / "postmaster.pid"
    if number_taken:
        pid_file.write_text(pid_file.read_text().replace(str(server), str(os.getpid()), 1))
    with Server(data_dir) as again:
        assert notes(again.address) == ["committed"]


def test_leaves_alone_a_cluster_on_which_others_run_a_server(data_dir: Path) -> None:
    cluster = data_dir / "postgres"
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, cwd=cluster) as theirs:
        (cluster / "postmaster.pid").write_text(f"{theirs.pid}\n{cluster}\n")
        with pytest.raises(PostgresError, match=f"did not start \\(process {theirs.pid}\\)"):
            Server(data_dir).__enter__()
        assert (cluster / "postmaster.pid").exists()


def test_makes_anew_a_cluster_that_was_left_half_made(tmp_path: Path) -> None:
    with user_of(tmp_path) as user:
        unfinished = tmp_path / "postgres.unfinished" / "base"
        while not unfinished.exists():
            time.sleep(0.005)
        user.process.kill()
        keeper = next(pid for pid in everybody() if _runs_keeper(pid, tmp_path))
        kill([keeper])
    assert not (tmp_path / "postgres").exists()
    with Server(tmp_path) as server:
        note(server.address, "whole")
    assert not unfinished.parent.exists()


def _runs_keeper(pid: int, data_dir: Path) -> bool:
    words = command(pid)
    return "placet.project.postgres.keeper" in words and str(data_dir) in words


def test_refuses_a_cluster_of_another_major_version(data_dir: Path) -> None:
    (data_dir / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(PostgresError) as refused:
        Server(data_dir).__enter__()
    words = str(refused.value)
    assert "made by PostgreSQL 17" in words
    assert "brings PostgreSQL 18" in words
    assert "pg_dump" in words


def test_a_path_too_long_for_a_socket_puts_it_elsewhere_and_clears_it_away(
    made_once: Path, tmp_path: Path
) -> None:
    data_dir = shutil.copytree(made_once, tmp_path / ("long" * 30))
    with Server(data_dir) as server:
        note(server.address, "reached")
        elsewhere = (data_dir / "socket").readlink()
        assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o700
    assert not elsewhere.exists()


def test_a_short_socket_folder_that_others_put_there_is_not_trusted(made_once: Path, tmp_path: Path) -> None:
    data_dir = shutil.copytree(made_once, tmp_path / ("long" * 30))
    planted = tmp_path / "planted"
    planted.mkdir(mode=0o755)
    (data_dir / "socket").symlink_to(planted)
    with Server(data_dir) as server:
        assert str(planted) not in server.address
        note(server.address, "reached")


def test_everything_but_the_given_folder_keeps_its_permissions(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with Server(closed / "placet") as server:
        note(server.address, "reached")
        server_pid = postmaster(closed / "placet")
        assert Path(f"/proc/{server_pid}/status").read_text().partition("\nUid:\t")[2][0] != ""
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert stat.S_IMODE((closed / "placet").stat().st_mode) == 0o700
    assert stat.S_IMODE((closed / "placet" / "postgres").stat().st_mode) == 0o700


def test_no_secret_reaches_the_environment_of_the_server(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACET_SECRET_KEY", "do-not-tell")
    with Server(data_dir):
        server = postmaster(data_dir)
        for pid in (server, parent(server)):
            assert b"do-not-tell" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_a_folder_that_cannot_be_made_is_refused_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PostgresError, match=r"cannot be used .* --data-dir"):
        Server(tmp_path / "file" / "placet").__enter__()


# Who runs it. Python and the wheel may lie where only root can read, so that an "ordinary user"
# of these tests keeps root's right to read; it is nobody in everything else.

NOBODY = pwd.getpwnam("nobody")


def _give_up(*capabilities: int) -> None:
    """From the next program on, root goes without these."""
    drop_from_bounding_set = 24
    for capability in capabilities:
        assert ctypes.CDLL(None).prctl(drop_from_bounding_set, capability, 0, 0, 0) == 0


def an_ordinary_user() -> None:
    turn_into(NOBODY, CAP_DAC_READ_SEARCH)


def root_without_namespaces() -> None:
    set_file_capabilities = 31  # without it the kernel maps no root into a namespace
    _give_up(set_file_capabilities)


def root_as_in_most_containers() -> None:
    root_without_namespaces()
    _give_up(CAP_DAC_READ_SEARCH)


@as_root
@pytest.mark.parametrize(
    ("become", "owner"),
    [
        (None, 0),
        (an_ordinary_user, NOBODY.pw_uid),
        (root_without_namespaces, NOBODY.pw_uid),
        (root_as_in_most_containers, NOBODY.pw_uid),
    ],
)
def test_runs_as_whoever_it_can(tmp_path: Path, become: Callable[[], None] | None, owner: int) -> None:
    """Under a folder that only its owner may enter, whose permissions stay as they were."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    if become is an_ordinary_user:
        os.chown(home, NOBODY.pw_uid, NOBODY.pw_gid)
    data_dir = home / "placet"
    with user_of(data_dir, become) as user:
        note(user.wait_for_answer(), "reached")
        server = postmaster(data_dir)
        assert Path(f"/proc/{server}").stat().st_uid == owner
    assert not alive(server)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert (data_dir / "postgres").stat().st_uid == owner


@as_root
def test_the_kernel_tells_nobodys_server_too_when_its_keeper_dies(data_dir: Path) -> None:
    with user_of(data_dir, root_without_namespaces) as user:
        user.wait_for_answer()
        server = family(postmaster(data_dir))
        kill([parent(server[0])])
        assert all_gone(server)


@as_root
def test_root_hands_the_cluster_from_one_of_its_identities_to_the_other(data_dir: Path) -> None:
    for become in (None, root_without_namespaces, None):
        with user_of(data_dir, become) as user:
            note(user.wait_for_answer(), "reached")
    with Server(data_dir) as server:
        assert notes(server.address) == ["reached"] * 3


@as_root
def test_says_what_to_do_where_no_identity_can_be_had(data_dir: Path) -> None:
    def become() -> None:
        root_without_namespaces()
        _give_up(CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE)

    with user_of(data_dir, become) as user:
        assert "refused:" in user.wait_for_answer()
    assert "Run Placet as an ordinary user" in (data_dir / "postgres.log").read_text()


@as_root
def test_leaves_alone_a_cluster_of_another_user(data_dir: Path) -> None:
    os.chown(data_dir / "postgres", 12_345, -1)
    with pytest.raises(PostgresError, match="belongs to user 12345"):
        Server(data_dir).__enter__()


def test_several_servers_at_once_do_not_mind_each_other(made_once: Path, tmp_path: Path) -> None:
    with ExitStack() as servers:
        for name in ("one", "two"):
            folder = shutil.copytree(made_once, tmp_path / name)
            note(servers.enter_context(Server(folder, ["shared_buffers=16MB"])).address, name)
