"""One address that is told when somebody must come: nobody watches a page on a Saturday.

Read `message` (what it is told), `keeper` (when, and again until it has heard) and `post` (how).
Made by the composition root where the file names an address; never on a payment's path.
"""
