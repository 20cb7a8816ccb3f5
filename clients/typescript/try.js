import { bodyOf, shopClient, ShopError } from './index.js';

/**
 * Shops at a shop of Development whose only product is its own; throws where something is not as promised.
 *
 * @param {string} baseUrl
 */
export async function tryShop(baseUrl) {
  const { admin, customer, userId } = await signIn(baseUrl);
  const { productId } = await bodyOf(
    admin.POST('/api/v1/admin/products', { body: { name: 'Lamp', price: 700, stock: 3 } }),
  );
  const { items } = await bodyOf(customer.GET('/api/v1/products', { params: { query: { q: 'lamp', sort: 'NAME' } } }));
  same(items.map((product) => [product.productId, product.price]), [[productId, 700]]);

  const charge = () =>
    customer.POST('/api/v1/users/{userId}/balance/charges', {
      params: { path: { userId }, header: { 'Idempotency-Key': 'a-charge' } },
      body: { amount: 1000 },
    });
  const [first, again] = [await charge(), await charge()];
  same([first.data?.balance, again.data?.transactionId], [1000, first.data?.transactionId]);
  same(again.response.headers.get('Idempotent-Replayed'), 'true');

  const order = await bodyOf(
    customer.POST('/api/v1/orders', { body: { userId, items: [{ productId, quantity: 2 }] } }),
  );
  const { error } = await customer.POST('/api/v1/payments', { body: { orderId: order.orderId } });
  // Its codes are those of this call: a misspelt one is an error of the types.
  same(error?.code === 'payments.insufficient_balance', true);
  const refused = await bodyOf(
    customer.GET('/api/v1/orders/{orderId}', { params: { path: { orderId: crypto.randomUUID() } } }),
  ).catch((problem) => problem);
  same([refused instanceof ShopError, refused.status, refused.code], [true, 404, 'orders.not_found']);
}

/** @param {string} baseUrl */
async function signIn(baseUrl) {
  const anybody = shopClient({ baseUrl });
  const [email, password] = [`${crypto.randomUUID()}@example.com`, 'correct horse'];
  const { userId } = await bodyOf(anybody.POST('/api/v1/users', { body: { email, password, name: 'Kim' } }));
  /** @param {{ email: string, password: string }} body */
  const as = async (body) => {
    const { accessToken } = await bodyOf(anybody.POST('/api/v1/sessions', { body }));
    return shopClient({ baseUrl, token: () => accessToken });
  };
  const admin = await as({ email: 'admin@shop.local', password: 'admin-password' });
  return { admin, customer: await as({ email, password }), userId };
}

/**
 * @param {unknown} actual
 * @param {unknown} expected
 */
function same(actual, expected) {
  const [is, wanted] = [actual, expected].map((value) => JSON.stringify(value));
  if (is !== wanted) throw new Error(`It is ${is}, and should be ${wanted}.`);
}
