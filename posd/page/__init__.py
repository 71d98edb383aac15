"""The pages: what a store manager needs in five seconds, and what lies behind it.

Read `catalogue` (texts by key, in the store's language), `words` (amounts and times), what each
part of the snapshot is told as (`said_words`, `reader_words`, `payment_words`, `money_words`,
`day_words`, `stripe_words`, `plot_words`), `plot` (the drawing of a day), `html` and the templates.
Then how a visit is answered: `routes` (nothing else is loaded before READY), `desk`, `table` (every
page, and who may ask for it), `front_page` and its neighbours; `open_pages` and `live` keep a page
fresh. What lies behind: `reader_page`, `payment_page`, `queue_page`, `receipts_page`, said by
`fact_words`, `queue_words`, `legs` and `support_words`. Who may change something: `entrance`,
`pin`, `sessions`, `csrf`, `deeds`.
"""
