"""site.yaml: what one installation watches and how, read, checked and explained.

In: the text of a site.yaml, or the flags that stand for a part of it. Out: a
``Site`` of typed values, or every mistake at once with its line and its remedy.
Nothing here opens a video, a model or a database.
"""
