"""Orders: list and page, what is done to them, why they are where they are, what waits for a yes."""
