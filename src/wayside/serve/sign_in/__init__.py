"""Signing in by an OpenID provider, beside the users of this machine."""
