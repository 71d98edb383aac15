DELETE FROM event WHERE position IN (SELECT position FROM event INDEXED BY event_listed WHERE created_ms < ? ORDER BY position LIMIT ? + 0)
INSERT INTO access_key (id, created_seq, sha256, body) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256, body = excluded.body
INSERT INTO attempt (id, created_seq, payment_intent, reader, terminal, charge, unended, unproven, contradicted, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET charge = excluded.charge, unended = excluded.unended, unproven = excluded.unproven, contradicted = excluded.contradicted, body = excluded.body
INSERT INTO checkpoint (seq, hash) VALUES (?, ?)
INSERT INTO event (position, created_ms, type, object, body) VALUES (?, ?, ?, ?, ?)
INSERT INTO fact_0001 (seq, kind, version, object, boot, node, actor, account, livemode, wall_ms, legs, body, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO fact_0002 (seq, kind, version, object, boot, node, actor, account, livemode, wall_ms, legs, body, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO hardware_order (id, created_seq, upstream, undecided, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET upstream = excluded.upstream, undecided = excluded.undecided, body = excluded.body
INSERT INTO head (id, seq, hash, account) VALUES (1, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, account = excluded.account
INSERT INTO history (object, seq) VALUES (?, ?)
INSERT INTO idempotency (access_key, route, key, digest, answer, seq) VALUES (?, ?, ?, ?, ?, ?)
INSERT INTO mark (name, wall_ms) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET wall_ms = excluded.wall_ms
INSERT INTO mirrored (id, created_seq, kind, gone, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET gone = excluded.gone, body = excluded.body
INSERT INTO outbox (id, stream, lane, method, path, body, key, payment_intent, api_version, livemode, connected_account, account, state, owed_ms, due_ms, tries) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, 0, 0)
INSERT INTO payment_intent (id, created_seq, created_ms, order_id, business_day, state, unheard, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET order_id = excluded.order_id, state = excluded.state, unheard = excluded.unheard, body = excluded.body
INSERT INTO reader (id, created_seq, address, deleted, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET address = excluded.address, deleted = excluded.deleted, body = excluded.body
INSERT INTO received_reader (id, created_seq, purchase, reader, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body
INSERT INTO refund (id, created_seq, created_ms, payment_intent, charge, body) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body
INSERT INTO segment (ordinal, label, first_seq) VALUES (?, ?, ?)
INSERT OR IGNORE INTO fact_kind (kind, version, first_seq) VALUES (?, ?, ?)
SELECT 1 FROM outbox WHERE id = ? AND state = 'waiting' AND account = ?
SELECT EXISTS (SELECT 1 FROM attempt WHERE payment_intent = ? AND contradicted = 1)
SELECT account FROM head
SELECT attempt.body FROM payment_intent INDEXED BY payment_intent_capturable JOIN attempt ON attempt.payment_intent = payment_intent.id AND charge IS NOT NULL WHERE state = 'capturable' AND ?1 IN ('', reader) ORDER BY payment_intent.created_seq LIMIT ?2 + 0
SELECT body FROM access_key ORDER BY created_seq LIMIT ? + 0
SELECT body FROM access_key WHERE id = ?
SELECT body FROM access_key WHERE sha256 = +? ORDER BY created_seq DESC LIMIT 1
SELECT body FROM attempt WHERE charge = +? ORDER BY created_seq LIMIT 1
SELECT body FROM attempt WHERE contradicted = 1 ORDER BY created_seq LIMIT ? + 0
SELECT body FROM attempt WHERE id = ?
SELECT body FROM attempt WHERE payment_intent = '' AND reader = +?1 ORDER BY created_seq DESC LIMIT ?2 + 0
SELECT body FROM attempt WHERE payment_intent = '' AND terminal = +?1 AND created_seq > (SELECT created_seq FROM attempt WHERE id = ?2) ORDER BY created_seq LIMIT ?3 + 0
SELECT body FROM attempt WHERE payment_intent = +? ORDER BY created_seq DESC LIMIT 1
SELECT body FROM attempt WHERE payment_intent = +? ORDER BY created_seq LIMIT ? + 0
SELECT body FROM attempt WHERE payment_intent = ? AND unproven = 1 ORDER BY created_seq DESC LIMIT 1
SELECT body FROM attempt WHERE reader = ? AND unended = 1
SELECT body FROM attempt WHERE terminal = +? ORDER BY created_seq DESC LIMIT 1
SELECT body FROM attempt WHERE unproven = 1 AND reader = +? ORDER BY created_seq
SELECT body FROM attempt WHERE unproven = 1 ORDER BY created_seq
SELECT body FROM attempt WHERE unproven = 1 ORDER BY created_seq LIMIT ? + 0
SELECT body FROM hardware_order ORDER BY created_seq DESC LIMIT ? + 0
SELECT body FROM hardware_order WHERE id = ?
SELECT body FROM hardware_order WHERE undecided = 1
SELECT body FROM hardware_order WHERE upstream = ?
SELECT body FROM mirrored WHERE id = ?
SELECT body FROM mirrored WHERE kind = +? AND gone = 0 ORDER BY created_seq DESC LIMIT ? + 0
SELECT body FROM payment_intent INDEXED BY payment_intent_created WHERE created_seq < ? AND created_seq > ? AND created_ms >= ? AND created_ms < ? ORDER BY created_seq ASC LIMIT ? + 0
SELECT body FROM payment_intent INDEXED BY payment_intent_created WHERE created_seq < ? AND created_seq > ? AND created_ms >= ? AND created_ms < ? ORDER BY created_seq DESC LIMIT ? + 0
SELECT body FROM payment_intent WHERE id = ?
SELECT body FROM payment_intent WHERE order_id = +? AND business_day = ? AND (state IN ('in_hand', 'unproven', 'capturable', 'approved') OR id IN (SELECT payment_intent FROM attempt WHERE contradicted = 1)) ORDER BY created_seq
SELECT body FROM payment_intent WHERE order_id = +?1 AND created_seq < ?2 AND (?3 = '' OR business_day = ?3) ORDER BY created_seq DESC LIMIT ?4 + 0
SELECT body FROM payment_intent WHERE state = 'capturable' ORDER BY created_seq
SELECT body FROM payment_intent WHERE unheard = 1 ORDER BY created_seq LIMIT ? + 0
SELECT body FROM reader WHERE deleted = 0 ORDER BY created_seq LIMIT ? + 0
SELECT body FROM reader WHERE id = ?
SELECT body FROM received_reader WHERE ?1 IN ('', purchase) ORDER BY created_seq LIMIT ?2 + 0
SELECT body FROM received_reader WHERE id = ?
SELECT body FROM received_reader WHERE reader = ?
SELECT body FROM refund WHERE created_seq < ? AND created_seq > ? AND created_ms >= ? AND created_ms < ? AND charge = +? ORDER BY created_seq DESC LIMIT ? + 0
SELECT body FROM refund WHERE created_seq < ? AND created_seq > ? AND created_ms >= ? AND created_ms < ? AND payment_intent = +? ORDER BY created_seq DESC LIMIT ? + 0
SELECT body FROM refund WHERE created_seq < ? AND created_seq > ? AND created_ms >= ? AND created_ms < ? ORDER BY created_seq ASC LIMIT ? + 0
SELECT body FROM refund WHERE created_seq < ? AND created_seq > ? AND created_ms >= ? AND created_ms < ? ORDER BY created_seq DESC LIMIT ? + 0
SELECT body FROM refund WHERE id = ?
SELECT body FROM refund WHERE payment_intent = +? ORDER BY created_seq LIMIT ? + 0
SELECT count(*) FROM outbox WHERE state = 'waiting'
SELECT created_seq FROM payment_intent WHERE id = ?
SELECT created_seq FROM refund WHERE id = ?
SELECT digest, answer FROM idempotency WHERE access_key = ? AND route = ? AND key = ?
SELECT digest, answer, seq FROM idempotency WHERE access_key = ? AND route = ? AND key = ?
SELECT due_ms FROM outbox AS one WHERE state = 'waiting' AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.state = 'waiting' AND earlier.lane = one.lane AND earlier.position < one.position) ORDER BY due_ms LIMIT 1
SELECT hash FROM checkpoint WHERE seq = ?
SELECT id FROM reader WHERE address = +? AND deleted = 0 ORDER BY created_seq DESC LIMIT 1
SELECT id, stream, lane, method, path, body, key, payment_intent, api_version, livemode, connected_account, account, owed_ms, first_sent_ms, tries, problem FROM outbox AS one WHERE state = 'waiting' AND due_ms BETWEEN ? AND ? AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.state = 'waiting' AND earlier.lane = one.lane AND earlier.position < one.position) ORDER BY due_ms, position LIMIT ? + 0
SELECT id, stream, lane, method, path, body, key, payment_intent, api_version, livemode, connected_account, account, owed_ms, first_sent_ms, tries, problem FROM outbox WHERE state = 'parked' ORDER BY position LIMIT ? + 0
SELECT kind, version, first_seq FROM fact_kind
SELECT min(owed_ms) FROM outbox WHERE state = 'waiting'
SELECT ordinal, label, first_seq FROM segment ORDER BY ordinal
SELECT ordinal, label, first_seq FROM segment ORDER BY ordinal DESC LIMIT 1
SELECT ordinal, label, first_seq FROM segment WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1
SELECT position FROM event WHERE position = ?
SELECT position, type, object, body, created_ms FROM event INDEXED BY event_listed WHERE position < ? AND position > ? AND created_ms >= ? AND created_ms < ? AND EXISTS (SELECT 1 FROM json_each(?) WHERE event.type GLOB value) ORDER BY position ASC LIMIT ? + 0
SELECT position, type, object, body, created_ms FROM event INDEXED BY event_listed WHERE position < ? AND position > ? AND created_ms >= ? AND created_ms < ? AND EXISTS (SELECT 1 FROM json_each(?) WHERE event.type GLOB value) ORDER BY position DESC LIMIT ? + 0
SELECT position, type, object, body, created_ms FROM event WHERE position = ?
SELECT seq FROM history WHERE object = +? ORDER BY seq LIMIT ? + 0
SELECT seq, hash FROM checkpoint ORDER BY seq DESC LIMIT 1
SELECT seq, hash FROM head
SELECT seq, kind, version, object, boot, node, actor, account, livemode, wall_ms, legs, body, previous, hash FROM fact_0001 WHERE seq > ? ORDER BY seq LIMIT ? + 0
SELECT seq, kind, version, object, boot, node, actor, account, livemode, wall_ms, legs, body, previous, hash FROM fact_0002 WHERE seq > ? ORDER BY seq LIMIT ? + 0
SELECT wall_ms FROM mark WHERE name = ?
UPDATE outbox SET account = ?, first_sent_ms = ? WHERE id = ? AND state = 'waiting' AND first_sent_ms IS NULL AND (account IS NULL OR account = ?)
UPDATE outbox SET due_ms = ?, problem = ?, tries = tries + 1 WHERE id = ? AND state = 'waiting'
UPDATE outbox SET state = ? WHERE id = ? AND state IN ('waiting', 'parked')
