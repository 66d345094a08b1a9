"""Reading: a script's text becomes a tree, or one error that says where and why.

Read    places.py, tokens.py; then the ladder from operands.py and expressions.py to keywords.py and parser.py.
"""
