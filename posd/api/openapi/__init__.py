"""The OpenAPI document of posd's own routes, made from the one table of them.

Read answers (what each path answers with), parameters (a params model as schemas), document. None
of it is imported before somebody asks.
"""
