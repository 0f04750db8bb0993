"""Many feeds on many workers: where each runs, that it keeps running, what it says.

In: the feeds of the site. Out: their states, covered live pictures, and
journals full of records. `interface` is what the server knows of a fleet;
`local` runs workers as processes of this machine.
"""
