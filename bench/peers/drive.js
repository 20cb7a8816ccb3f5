// Closed loop: each client has one connection and one checkout after the other. A checkout counts where its answer
// came in the window; any error ends the run.
const fs = require('node:fs');
const { parseArgs } = require('node:util');
const { open } = require('./call');

const { values } = parseArgs({
  options: {
    shop: { type: 'string' },
    flow: { type: 'string', default: 'checkout' },
    seed: { type: 'string' },
    urls: { type: 'string' },
    clients: { type: 'string' },
    'warm-up': { type: 'string' },
    seconds: { type: 'string' },
  },
});

async function drive() {
  const checkout = require(`./${values.shop}/checkout`)[values.flow];
  const seed = JSON.parse(fs.readFileSync(values.seed, 'utf8'));
  const urls = values.urls.split(',');
  const clients = Number(values.clients);
  const begin = performance.now() + Number(values['warm-up']) * 1000;
  const end = begin + Number(values.seconds) * 1000;
  const run = `${process.pid}-${Date.now()}`;
  const random = (below) => Math.floor(Math.random() * below);
  const times = [];

  await Promise.all(Array.from({ length: clients }, async (_, client) => {
    const call = open(urls[client % urls.length], 1);
    for (let n = 0; performance.now() < end; n++) {
      const started = performance.now();
      await checkout(call, seed, random, `${run}-${client}-${n}`);
      const ended = performance.now();
      if (ended >= begin && ended < end) times.push(ended - started);
    }
  }));

  times.sort((a, b) => a - b);
  const percentile = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  const rate = times.length / Number(values.seconds);
  if (times.length === 0) throw new Error('No checkout ended in the window.');
  console.log(JSON.stringify({
    shop: values.shop, flow: values.flow, clients, checkouts: times.length, rate, p50: percentile(0.5),
    p95: percentile(0.95),
  }));
}

drive().then(() => process.exit(0), (error) => {
  console.error(error.stack.slice(0, 2_000));
  process.exit(1);
});
