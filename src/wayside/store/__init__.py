"""Keep and query: one SQLite file for a site's sessions, events and numbers.

In: records of the domain, written whole or not at all, and only once however
often they are written. Out: queries, exports (JSON lines, CSV), and bytes that
are really gone when their time is over.
"""
