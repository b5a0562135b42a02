"""Guarding what is restricted against the company's own programs, where a database only marks it (Article 18(2))."""
