"""The web pages of every role, over the services' HTTP. It keeps accounts and sessions of the web, and no case data."""
