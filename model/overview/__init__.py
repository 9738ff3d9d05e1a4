"""One page for a whole run folder, from the files that every command of the chain leaves.

run_folder finds the results and their figures and writes the page; templates has the page itself; inspected shows any
folder of ours in the terminal.
"""

from corpus.lazy import public

__getattr__ = public(__name__, {"overview": "run_folder", "write_overview": "run_folder"})
