"""What a test needs instead of the world: a clock, scripted feeds, a town with exact truth.

Shipped with wayside so that users can test their own rules and sinks the way
wayside tests itself. Nothing in the product imports it.
"""
