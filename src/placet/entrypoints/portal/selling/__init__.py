"""What is sold: price lists, products, vendors."""
