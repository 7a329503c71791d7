"""`placet verify`: the proof of the books, told to people."""

from rich.console import Console

from placet.actions.verify import Finding, verify


def prove(console: Console) -> bool:
    """Proves every invariant, a line for each; whether all of them hold."""
    all_hold = True
    for finding in verify():
        console.print(_line(finding), markup=False)
        all_hold = all_hold and not finding.broken
    return all_hold


def _line(finding: Finding) -> str:
    if not finding.broken:
        return f"ok      {finding.rule}  {finding.invariant} ({finding.counted} looked at)"
    return f"BROKEN  {finding.rule}  {finding.invariant}: {'; '.join(finding.broken)}"
