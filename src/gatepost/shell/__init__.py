"""Shell: the part of PowerShell that scripts which manage mail are written in.

Owns    the language (tokens, syntax tree, evaluation), the rules by which arguments find their parameters, and the
        commands that shape objects and text.
Never   knows mail, opens a file or a socket, or runs a program: what it may touch of the world is its Host.
Read    tree.py, parameters.py; then tokens.py and the parser; then values.py, operators.py and evaluate.py.
"""
