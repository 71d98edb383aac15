"""What happens to people at a till, each story a test: posd's API, real dialogues, virtual time.

Read `tills` (who asks) and `stage` first: a store whose posd, terminals and Stripe keep a book
each. A story ends by comparing those books: what the till was told, what the terminal booked, what
Stripe has, what posd journaled.

`test_one_basket` (rung up again, rung up twice, asked for again after two days), `test_printing`
(the link dies while receipts are printed), `test_reboot` (a till that was away), `test_crossing`
(the card and the cancel at the same moment), `test_wrong_amount` (a terminal that takes more than
was asked), `test_doubt` (silent, absent, with a person, decided, contradicted), `test_parked`
(a reader that broke posd twice), `test_modes` (test keys and live readers), `test_absence` (silent,
restarting, updating, never there), `test_second_thoughts` (changed, taken, asked twice at the
reader), `test_clock` (clocks that jump), `test_twins` (two entries, one terminal).

`moves` is every way in which money moves, and `trials` asks for one while something goes wrong:
`test_link_loss`, `test_death_in_a_move`, `test_noise`, `test_restart_in_a_move`, `test_by_hand`
(somebody at the terminal's own keys), `test_asked_again` (the same key, and another).
"""
