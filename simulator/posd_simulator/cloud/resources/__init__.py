"""What each route does, one module per resource, named as its URL. `call` says in which steps."""
