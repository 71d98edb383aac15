"""What reaches posd from outside, against a real posd: see `matrix.txt` first, then `doors`."""
