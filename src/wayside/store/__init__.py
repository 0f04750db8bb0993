"""Keep and query: one SQLite file for a site's sessions, events and numbers.

In: records of the domain, written whole or not at all, and only once however
often they are written: by a command at once, by live workers through their
journals. Out: pages, series and totals, exports (JSON lines, CSV), an outbox
for sinks in the order of arrival, and bytes that are really gone when their
time is over.

    worker -> Journal -> StoreWriter -> Store -> Archive (questions)
                                          |---> Outbox -> Dispatcher -> sinks
"""
