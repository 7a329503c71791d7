"""Who buys from us: customers and partners, their terms, contacts and approval toggle."""
