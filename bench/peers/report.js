// The table of runs, medians over the rounds, and how many checkouts here come to one of a peer.
const fs = require('node:fs');

const runs = fs.readFileSync(process.argv[2], 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const shops = [...new Set(runs.map((run) => `${run.shop} ${run.flow}`))];

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
const of = (shop, count, figure) =>
  median(runs.filter((run) => `${run.shop} ${run.flow}` === shop && run.clients === count).map((run) => run[figure]));
const countsOf = (shop) =>
  [...new Set(runs.filter((run) => `${run.shop} ${run.flow}` === shop).map((run) => run.clients))];
const best = (shop) => Math.max(...countsOf(shop).map((count) => of(shop, count, 'rate')));

console.log('| shop | clients | checkouts/s | p50 ms | p95 ms |\n|---|---|---|---|---|');
for (const shop of shops)
  for (const count of countsOf(shop)) {
    const figures = ['rate', 'p50', 'p95'].map((figure) => of(shop, count, figure).toFixed(1));
    console.log(`| ${[shop, count, ...figures].join(' | ')} |`);
  }

console.log('\nEach at the number of clients where it does most:');
const own = shops.filter((shop) => shop.startsWith('shop '));
for (const peer of shops.filter((shop) => !own.includes(shop)))
  for (const shop of own) console.log(`${shop} / ${peer}: ${(best(shop) / best(peer)).toFixed(0)} times`);
