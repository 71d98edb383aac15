"""What others learn over MQTT, and what posd learns of the store's other lanes; never the ledger.

Read `port` (what a broker does for posd), `topics` (where things are told), `event_types` and
`events` (a fact → a message), `truth` and `pulse` (a snapshot → what is retained), `position` (how
far events are told), `bus` (when), then `mqtt` and `connection` (how; aiomqtt, loaded after READY).
The other way: `store_view` (what the lanes of a store say) and `follower` (who listens). Nothing
here takes a command, and nothing of a payment waits for it. Imported by the composition root and
by whoever shows the store.
"""
