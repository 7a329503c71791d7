"""World files that nobody meant: whatever stands in one, it is read to the end and answered."""

from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.domain.world import checks, matching
from placet.domain.world.ground import Ground, Standing
from placet.domain.world.nodes import Problem
from placet.domain.world.shape import read

Tree = Any  # what YAML may hold

DEMO = Path(__file__).parents[2] / "src/placet/entrypoints/cli/demo_world.yaml"
WORLD = yaml.safe_load(DEMO.read_text(encoding="utf-8"))

words = st.sampled_from(
    ["dist-a", "res-b", "bp", "EUR", "JPY", "all", "-1", "0.001", "unlimited", "2030-12", ""]
)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | words
junk = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3)
)


def places(node: Tree, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


PLACES = places(WORLD)[1:]


def replaced(node: Tree, path: tuple[Any, ...], value: Tree) -> Tree:
    if not path:
        return value
    copy = node.copy()
    copy[path[0]] = replaced(node[path[0]], path[1:], value)
    return copy


def answer(text: str) -> list[Problem]:
    world, notes = read(text)
    ground = Ground(world, Standing())
    found = checks.problems(ground, notes)
    if not found:
        assert matching.arrivals(ground).differences == []
    return found


@settings(max_examples=40)  # each writes and reads the whole demo world, twice
@given(st.sampled_from(PLACES), junk)
def test_junk_anywhere_in_a_world_is_answered(path: tuple[Any, ...], value: Tree) -> None:
    """A problem stands on a line of the file, and the same text has the same problems."""
    text = yaml.safe_dump(replaced(WORLD, path, value), sort_keys=False, allow_unicode=True)
    found = answer(text)
    assert all(1 <= problem.line <= text.count("\n") + 1 and problem.reason for problem in found)
    assert answer(text) == found


@given(st.text() | st.text(alphabet='{}[]:,-&*!#|>@%"\n ab'))
def test_any_text_is_answered(text: str) -> None:
    answer(text)


def test_the_demo_world_is_a_good_one() -> None:
    assert answer(DEMO.read_text(encoding="utf-8")) == []
