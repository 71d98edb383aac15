"""Hardware that Stripe sells, and what is done with it once it is there."""
