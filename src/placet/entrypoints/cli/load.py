"""`placet load`: a world file, told to people."""

from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from placet.actions.load_world import WorldErrors, WorldReport, load_world
from placet.storage.db import analyze


def load(file: Path, *, now: datetime, console: Console) -> bool:
    """Loads a world file and says what came of it; false if it was refused, whole."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        console.print(f"{file} is no text in UTF-8: {error.reason} at byte {error.start}.", markup=False)
        return False
    with _bars(console) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], completed=done, total=total)

        answer = load_world(text, source=file.name, now=now, progress=progress)
    if isinstance(answer, WorldReport) and answer.created:
        analyze()
    return _refused(answer, file, console) if isinstance(answer, WorldErrors) else _loaded(answer, console)


def _bars(console: Console) -> Progress:
    """A bar for each stage, while it lasts; nothing where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _loaded(report: WorldReport, console: Console) -> bool:
    console.print(f"World loaded: {report.created} created, {report.unchanged} as they were.")
    for difference in report.differences:
        console.print(f"left as it stands: {difference}", markup=False)
    return True


def _refused(errors: WorldErrors, file: Path, console: Console) -> bool:
    for problem in errors.problems:
        key = f" {problem.key}:" if problem.key else ""
        console.print(f"{file}:{problem.line}:{key} {problem.reason}", markup=False)
    return False
