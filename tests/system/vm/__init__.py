"""`make system-vm`: posd, a kernel, and a simulated terminal on that kernel's own USB.

Read `scenario` first: what is proved. Below it: `store` is posd in the guest with its till outside,
`bus` what is plugged into the guest, `time_server` what keeps its clock, `agent` what carries out
commands there, `machine` and `qemu` its power, `image` what it boots, `package` what is installed
there, `cache` where that is kept, `needs` what the host must have. It takes minutes and root: it
is no part of `make test`.
"""
