"""The page in a real browser: Debian's Chromium, driven by Playwright, against a posd of its own.

`shop` is a store of real processes, `mishaps` what goes wrong in one, `situations` the six that a
manager may find it in; `browser` opens its pages, `deeds` is what a manager does there, `walk`
follows every link, `axe` looks at a page as assistive technology does. `screenshots` keeps what the
six look like under docs/, as `png` makes them small.
"""
