"""World files (contract §2): what one may say, how it is read, and what is wrong with it.

`nodes` makes a tree with line numbers of the text, `keys` reads typed values out of the tree, `shape`
lists what may stand in a file, `checks` finds what does not fit together, `matching` finds what is new.
"""
