"""Values: what the language reckons with, what becomes of one under another type, and what operators and dots do.

Read    kinds.py, convert.py; then operators.py and members.py.
"""
