"""Nine cameras of a small town as live streams on this machine, with known truth.

``python -m wayside.testing.cameras --folder DIR`` serves each place of
``wayside.testing.places`` as MPEG-TS over TCP, one port a feed, paced in real
time. Films are made once, in short segments, by a process of low priority, and
kept under DIR/films; a feed goes on the air as soon as its first seconds exist.

In DIR it writes

``site.yaml``
    Addresses, scenes and rules, for ``wayside up``.
``truth.jsonl``
    One JSON object a line for every true crossing, appended when it is shown:
    ``feed``, ``line``, ``direction`` (``forward`` or ``backward``), ``class``
    (as in events), ``time`` (RFC 3339, UTC of the played picture) and ``seen``:
    false where no picture of it went out, because the connection was cut, the
    picture stood still, or nobody had ever connected to the feed yet. A line is
    written whole or not at all; when the cameras start, lines of more than a day ago go.

    films       a place's film in segments: made, kept, read
    making      the process that makes them
    playhead    which picture is due
    channel     one feed: packets to MPEG-TS bytes to its clients
    truth, site   the two files
    serving     sockets and processes
"""
