"""How an older database becomes a present one. Run by ``Store.open``, never by hand.

A new step: change ``schema.py``, add ``versions/vNNNN_what.py`` with the next
revision, and the test that compares the two says when they agree.
"""
