"""`make system`: systemd itself starts, stops and replaces the posd of the Debian package.

Each test boots a Debian of its own in systemd-nspawn, in two seconds, and throws it away. Read the
tests first: what is proved. Below them: `store` is posd in the container with its till outside,
`stripe` whom posd tells of its payments, `package` builds the packages, `container` boots, `debian`
makes what is booted, `needs` says what the host must have. It takes root and minutes, so it is no
part of `make test`.
"""
