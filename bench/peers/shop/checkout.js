const { randomUUID } = require('node:crypto');

const post = async (call, seed, path, body) => {
  const answer = await call('POST', `/api/v1${path}`, body, {
    authorization: `Bearer ${seed.key}`,
    'idempotency-key': randomUUID(),
  });
  if (answer.status !== 200 && answer.status !== 201)
    throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
};

const buy = async (call, seed, random, userId) => {
  const productId = seed.products[random(seed.products.length)];
  const { order, payment } = await post(call, seed, '/checkout', { userId, items: [{ productId, quantity: 1 }] });
  if (order.status !== 'PAID' || payment.status !== 'COMPLETED') throw new Error(`The order is ${order.status}.`);
};

/** A checkout of a customer with money in the wallet: one call. */
module.exports.checkout = (call, seed, random) => buy(call, seed, random, seed.users[random(seed.users.length)]);

/** A checkout of somebody new: the account, money in its wallet, the checkout. Three calls. */
module.exports.newcomer = async (call, seed, random, unique) => {
  const { userId } = await post(call, seed, '/admin/users', { email: `guest-${unique}@example.com`, name: 'Guest' });
  await post(call, seed, `/users/${userId}/balance/charges`, { amount: 1_000_000 });
  await buy(call, seed, random, userId);
};
