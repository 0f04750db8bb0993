"""The nouns of wayside: values, media time, geometry and errors.

Everything else imports from here and nothing here imports from the rest.
Only the standard library and numpy are used, so a noun can be understood,
tested and reused without a decoder, a model or a database.
"""
