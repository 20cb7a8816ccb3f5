const fs = require('node:fs');
const { open } = require('../call');

const balance = 1_000_000_000_000;
const atOnce = 16;

/** Fills a shop by its API and writes what the load needs to know: node seed.js <file> <products> <url>. */
async function seed(file, products, url) {
  const call = open(url, atOnce);
  const made = async (path, body, token) => {
    const answer = await call('POST', `/api/v1${path}`, body, token && { authorization: `Bearer ${token}` });
    if (answer.status !== 200 && answer.status !== 201)
      throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const many = async (make) => {
    const ids = [];
    let next = 0;
    await Promise.all(Array.from({ length: atOnce }, async () => {
      while (next < products) ids.push(await make(next++));
    }));
    return ids;
  };

  const admin = (await made('/sessions', { email: process.env.ADMIN, password: process.env.PASSWORD })).accessToken;
  const permissions = ['users:act-for', 'users:write'];
  const { key } = await made('/admin/api-keys', { name: 'Storefront', permissions }, admin);
  const customer = async (n) => {
    const { userId } = await made('/admin/users', { email: `buyer-${n}@example.com`, name: 'Buyer' }, key);
    await made(`/users/${userId}/balance/charges`, { amount: balance }, key);
    return userId;
  };
  const product = async (n) => {
    const stock = 1_000_000_000;
    const body = { name: `Product ${n + 1}`, description: 'About it', price: 100 * (1 + (n % 900)), stock };
    return (await made('/admin/products', body, admin)).productId;
  };
  fs.writeFileSync(file, JSON.stringify({ key, users: await many(customer), products: await many(product) }));
}

seed(process.argv[2], Number(process.argv[3]), process.argv[4]).then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
