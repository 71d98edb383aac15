"""What is plugged in: `seen` (what the sources say), `device` (whose it is, and its URL), pure.

Then `system` (the operating system's sources) and `events` (that something came or went). Nothing
here opens a device: it is told by sysfs, and by descriptors that the kernel has already read.
"""
