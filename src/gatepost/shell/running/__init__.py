"""Running: a tree becomes output. Arguments find parameters, statements run, objects are printed.

Read    session.py from the top; evaluate.py and invoking.py are its two hands.
"""
