"""Ordering: from the catalog over the basket to the confirmation, and the public status page."""
