"""The page, as built from web/: files to be served, and no code of its own."""
