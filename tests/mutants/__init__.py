"""Small wrong changes to the program, and whether the tests notice each of them.

Read list/*.toml (one file a package) first, then runner.py. `python -m tests.mutants` runs the list.
"""
