"""Who visits the pages: accounts and their sessions, enterprises by code, staff of another identity provider."""
