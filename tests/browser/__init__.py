"""The page in a real browser: Debian's Chromium, driven by Playwright, against a posd of its own.

`shop` is a store of real processes, `situations` the six that a manager may find it in, `browser`
opens the page there, `axe` looks at it as assistive technology does. `screenshots` keeps what the
six look like under docs/.
"""
