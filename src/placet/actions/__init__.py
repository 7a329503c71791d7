"""Floor 2: one verb a file, and the only place that opens a transaction.

Every action has the same five beats: lock, decide, save, record, answer. It answers a value: what
became, or a `Refusal`.
"""
