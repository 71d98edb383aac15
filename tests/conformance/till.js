// The official `stripe` package, driven line by line: one order in, one line of answers out.
//
// An order is JSON: {"base_url", "key", "calls": [{"method", "arguments", "options"}]}. All its
// calls are made at the same moment. `method` is a path in the SDK and `options` are its own, both
// in Node's spelling. With "every": true the one call is a list, and all its pages are read.
'use strict'

const readline = require('node:readline')
const Stripe = require('stripe')

const HEADERS = ['idempotent-replayed', 'request-id', 'stripe-version']
const clients = new Map()

function client({base_url, key}) {
  const name = `${base_url} ${key}`
  if (!clients.has(name)) {
    const {protocol, hostname, port} = new URL(base_url)
    clients.set(name, new Stripe(key, {protocol: protocol.slice(0, -1), host: hostname, port}))
  }
  return clients.get(name)
}

function invoke(stripe, call) {
  const names = call.method.split('.')
  const method = names.pop()
  const resource = names.reduce((found, name) => found[name], stripe)
  const options = Object.keys(call.options).length === 0 ? [] : [call.options]
  return resource[method](...call.arguments, ...options)
}

async function answered(stripe, call) {
  try {
    const body = await invoke(stripe, call)
    const told = body.lastResponse.headers
    const headers = HEADERS.filter((name) => name in told).map((name) => [name, told[name]])
    return {body, headers: Object.fromEntries(headers)}
  } catch (error) {
    return {error: described(error)}
  }
}

function described(error) {
  if (!(error instanceof Stripe.errors.StripeError)) throw error
  return {
    kind: error.type.replace(/^Stripe/, ''),
    status: error.statusCode ?? null,
    message: error.message,
    code: error.code ?? null,
    param: error.param ?? null,
    request_id: error.requestId ?? null,
    payment_intent: error.payment_intent?.id ?? null,
  }
}

async function every(stripe, call) {
  const found = []
  for await (const one of invoke(stripe, call)) found.push(one)
  return found
}

async function main() {
  for await (const line of readline.createInterface({input: process.stdin})) {
    const order = JSON.parse(line)
    const stripe = client(order)
    const answers = order.every
      ? await every(stripe, order.calls[0])
      : await Promise.all(order.calls.map((call) => answered(stripe, call)))
    process.stdout.write(`${JSON.stringify(answers)}\n`)
  }
}

main()
