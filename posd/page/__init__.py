"""The status page: what a store manager needs in five seconds, without a script or a login.

Read `words` (the snapshot in English, amounts and times in the store's locale), then `routes`
(HTTP, loaded after READY), `templates/status.html` and `static/posd.css`.
"""
