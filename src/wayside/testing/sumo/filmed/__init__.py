"""A recording as a film: its roads painted, its objects drawn, what it is to be judged by."""
