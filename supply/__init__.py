"""What wayside is made of: locked libraries, their licences, what is known against them.

Not shipped. ``make audit`` runs it.
"""
