"""Data folders of the embedded PostgreSQL, made once and copied: making one takes seconds."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose database is migrated and whose server is stopped; to copy."""
    folder = tmp_path_factory.mktemp("made") / "placet"
    migrate = [sys.executable, "-P", "-m", "placet", "migrate", f"--data-dir={folder}"]
    embedded = {**os.environ, "PLACET_DATABASE_URL": ""}
    subprocess.run(migrate, env=embedded, check=True, capture_output=True)  # noqa: S603
    return folder


@pytest.fixture
def data_dir(made_once: Path, tmp_path: Path) -> Path:
    """Such a folder of the test's own."""
    return shutil.copytree(made_once, tmp_path / "placet")
