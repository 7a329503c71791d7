"""What the performance figures come from: `make bench`, explained in docs/benchmarks.md.

It starts the product on a database of its own, as people run it; lets 8 clients place, approve and
wait for orders over HTTP; and lets pgbench replay the very statements on the same server. Ratios
between the two say more than times: a slower machine slows both.
"""
