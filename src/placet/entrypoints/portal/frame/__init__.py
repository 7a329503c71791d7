"""What every page stands on: doors, answers, tables, forms; amounts, times and states as people read them."""
