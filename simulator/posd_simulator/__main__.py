"""`python -m posd_simulator` is `posd-sim`."""

from posd_simulator.cli import main

main()
