"""What is logged, and what never is. Logging belongs to a whole process, so each test has its own."""

import json
import subprocess
import sys

import pytest

PREPARED = """
import logging, structlog
from placet.project import config, logs
logs.set_up(config.read({"PLACET_LOG_FORMAT": "json"}))
"""


def logged(code: str) -> dict[str, str]:
    """The one line that this code logs."""
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-P", "-c", PREPARED + code], capture_output=True, text=True, check=True
    )
    line: dict[str, str] = json.loads(run.stderr)
    return line


@pytest.mark.parametrize("field", ["password", "Authorization", "webhook_secret", "card_token", "smtp_url"])
def test_the_value_of_a_secret_field_is_left_out(field: str) -> None:
    line = logged(f"structlog.get_logger().warning('saved', by='dist-a', **{{'{field}': 'do-not-tell'}})")
    assert (line[field], line["by"], line["event"]) == ("***", "dist-a", "saved")


def test_what_libraries_log_looks_the_same() -> None:
    line = logged("logging.getLogger('some.library').warning('cache is %s', 'cold')")
    assert (line["event"], line["level"]) == ("cache is cold", "warning")
    assert line["logger"] == "some.library"


def test_an_exception_is_one_line_with_its_trace() -> None:
    line = logged("try: 1 / 0\nexcept ZeroDivisionError: structlog.get_logger().exception('broke')")
    assert (line["event"], line["level"]) == ("broke", "error")
    assert "ZeroDivisionError" in line["exception"]
