"""What posd knows, as values: `facts` (what happened) and the records they add up to. Pure."""
