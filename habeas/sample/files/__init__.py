"""Makers of client files: each takes a cast and returns a draft with who is mentioned in it, and by what."""
