"""What each route does, one module per resource, named as its URL.

Start with `locations`; `call` says in which two steps a request is answered. A deleted object is
told as its stub by GET and POST, and is unknown to a second DELETE and to whatever refers to it.
"""
