from datetime import UTC, datetime
import json, time
import pytest, yaml
from placet.actions.load_world import load_world
NOW=datetime(2026,11,22,tzinfo=UTC)
def go(text):
    return load_world(text, source="w.yaml", now=NOW, progress=lambda *a: print(a))
@pytest.mark.django_db
def test_a():
    t=open('/tmp/world.yaml').read()
    print(go(t)); print(go(t)); assert 0
@pytest.mark.django_db
def test_b():
    big={"organizations":[{"ref":"d","name":"D","kind":"distributor"}]+[{"ref":f"c{i}","name":f"C {i}","kind":"customer","contract":{"seller":"d","currency":"EUR","price_list":"l","credit_limit":"unlimited","opening_balance":"5.00"},"contacts":[{"name":"x","email":f"x{i}@e.example","roles":["primary"]}],"users":[{"email":f"u{i}@e.example","name":"U","role":"buyer","password":"demo"}],"api_keys":[{"name":"k","key":f"k-{i}","role":"buyer"}]} for i in range(2000)],"price_lists":[{"ref":"l","owner":"d","currency":"EUR","prices":{}}]}
    t=json.dumps(big,indent=1)
    for _ in range(3):
        a=time.time(); r=go(t); print(time.time()-a, str(r)[:300])
    assert 0
