"""What is worth decoding and what is worth detecting.

In: decoded pictures, what moved in them, what is already known. Out: which
pictures to analyse (`sampling`) and where in them a network should look, at
which size (`looking`). Everything else is left alone, and that is where the
speed comes from.
"""
