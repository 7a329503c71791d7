"""The files of deploy/ say what is so: commands that there are, settings that are read, metrics of ours."""

import json
import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from placet.project import config
from placet.project.cli import app

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
KNOWN = {name for name, _, _ in config.table()}
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]


def compose() -> Any:  # noqa: ANN401 - YAML
    return yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())


def test_the_table_of_settings_is_the_one_that_the_command_prints() -> None:
    rows = re.findall(
        r"^\| `(PLACET_\w+)` \| (.*?) \| (.*) \|$", (ROOT / "docs/deploy.md").read_text(), re.MULTILINE
    )
    said = [(name, f"`{default}`" if default else "", meaning) for name, default, meaning in config.table()]
    assert [(name, default.strip(), meaning) for name, default, meaning in rows] == said


@pytest.mark.parametrize("file", sorted(f for f in DEPLOY.rglob("*") if f.is_file()), ids=lambda f: f.name)
def test_every_setting_that_is_named_is_one_of_ours(file: Path) -> None:
    named = set(re.findall(r"\bPLACET_[A-Z_]+\b", file.read_text()))
    assert named - {"PLACET_VERSION", "PLACET_PORT"} <= KNOWN  # those two are Compose's own


def test_composed_services_run_commands_of_ours() -> None:
    services = compose()["services"]
    run = {name: each["command"] for name, each in services.items() if "placet" in each.get("image", "")}
    assert set(run) == {"migrate", "web", "worker"}
    for command, *options in run.values():
        known = {option for parameter in COMMANDS[command].params for option in parameter.opts}
        assert {option.partition("=")[0] for option in options} <= known
    assert services["web"]["deploy"]["replicas"] == services["worker"]["deploy"]["replicas"] == 2


def test_composed_services_wait_for_what_they_need_and_may_finish() -> None:
    services = compose()["services"]
    for name in ("web", "worker"):
        assert services[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
        assert services[name]["stop_grace_period"] in {"40s", "60s"}
    named = {network for each in services.values() for network in each.get("networks", [])}
    kept = {v.split(":")[0] for each in services.values() for v in each.get("volumes", []) if v[0] != "."}
    assert (named, kept) == (set(compose()["networks"]), set(compose()["volumes"]))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_run_commands_of_ours_as_nobody_special(unit: Path) -> None:
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(unit)
    command, *options = parser["Service"]["ExecStart"].removeprefix("/opt/placet/bin/placet ").split()
    known = {option for parameter in COMMANDS[command].params for option in parameter.opts}
    assert {option.partition("=")[0] for option in options} <= known
    assert (parser["Service"]["User"], parser["Service"]["NoNewPrivileges"]) == ("placet", "yes")
    assert parser["Service"]["EnvironmentFile"].endswith(("placet.env", "migrate.env"))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_the_units(unit: Path, tmp_path: Path) -> None:
    """With a program in the place of ours, which is not installed here."""
    for each in (DEPLOY / "systemd").iterdir():
        text = each.read_text().replace("/opt/placet/bin/placet", "/bin/true")
        (tmp_path / each.name).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    ours = [line for line in checked.stderr.splitlines() if "placet" in line]
    assert (checked.returncode, ours) == (0, [])


def test_the_image_is_built_from_the_lock_and_runs_as_nobody_special() -> None:
    file = (DEPLOY / "Dockerfile").read_text()
    assert file.count("uv sync --locked") == 2
    assert re.search(r"^USER placet$", file, re.MULTILINE)
    for copied in re.findall(r"^COPY ((?:[\w.-]+ )+)[\w./]+$", file, re.MULTILINE):
        assert all((ROOT / name).exists() for name in copied.split())
        assert all(f"!{name}" in (ROOT / ".dockerignore").read_text() for name in copied.split())


def test_the_dashboard_and_the_alerts_can_be_read() -> None:
    panels = json.loads((DEPLOY / "grafana" / "placet.json").read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 10
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"][0]["rules"]
    assert all(rule["expr"] and rule["annotations"]["summary"] for rule in rules)


def test_a_migration_takes_nothing_down() -> None:
    """`Requires=` would restart every server and worker together with it."""
    for unit in UNITS:
        wanted, _, _ = unit.read_text().partition("[Service]")
        assert not re.search(r"^(Requires|BindsTo|PartOf)=.*placet-migrate", wanted, re.MULTILINE), unit.name
