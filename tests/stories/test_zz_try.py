import subprocess, sys, os
from tests.stories.conftest import *
from tests.stories.worlds import *
WORLD = world(
    distributor("fuzz-a", multi_tier_approval=True),
    reseller("fuzz-b", "fuzz-a", card("tok_ok"), multi_tier_approval=True),
    customer("fuzz-c", "fuzz-b", {"order_approval": True}),
    prices={"fuzz-seat": "10.00", "fuzz-visit": "10.00"},
    products=[product("fuzz-visit", "manual")],
    groups=[group("fuzz-a", "fuzz-b"), group("fuzz-b", "fuzz-c")],
    told=["fuzz-b"],
)
def test_it(placet):
    c = placet.client("fuzz-c")
    for _ in range(3): c.place("fuzz-seat", "fuzz-visit")
    r = subprocess.run(["/work/main/.venv/bin/schemathesis", "run", placet.address+"/api/v1/openapi.json", "-H", "Authorization: Bearer "+key("fuzz-b"), *os.environ["ST_ARGS"].split()], text=True, capture_output=True, cwd="/tmp/st", env={**os.environ,"PYTHONPATH":""})
    open("/tmp/st/fuzz.out","w").write(r.stdout+r.stderr)
    open("/tmp/st/fuzz.log","w").write((placet.folder/"log").read_text())
    assert r.returncode == 0
