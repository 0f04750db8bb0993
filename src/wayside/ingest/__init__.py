"""From a feed's source to packets.

Comes in: a path. Goes out: a Session with a StreamFormat and an iterator of
Packets. Whatever cannot be read is said before the first packet, with the
reason and what to do. Nothing is decoded here but the first picture, which
is the only way to learn how a file wants to be turned.
"""
