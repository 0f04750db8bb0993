"""What wayside says about itself: log lines, counters, CPU per stage, versions.

In: plain words and numbers from every stage. Out: lines on standard error and
dictionaries for the report. Nothing here knows what the stages do.
"""
