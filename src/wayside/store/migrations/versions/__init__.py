"""One module for each step, oldest first by number. A released step never changes."""
