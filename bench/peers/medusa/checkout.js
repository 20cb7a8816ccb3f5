const provider = 'pp_system_default';
const address = {
  first_name: 'Guest', last_name: 'Buyer', address_1: '1 Road', city: 'Seoul', postal_code: '04524',
  country_code: 'kr',
};

/** One guest's checkout: five calls, the order placed with its payment authorised at the end. */
module.exports.checkout = async (call, seed, random, unique) => {
  const post = async (path, body) => {
    const answer = await call('POST', `/store/${path}`, body, { 'x-publishable-api-key': seed.key });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };

  const { cart } = await post('carts', {
    region_id: seed.region,
    sales_channel_id: seed.channel,
    email: `guest-${unique}@example.com`,
    shipping_address: address,
    billing_address: address,
    items: [{ variant_id: seed.variants[random(seed.variants.length)], quantity: 1 }],
  });
  await post(`carts/${cart.id}/shipping-methods`, { option_id: seed.shippingOption });
  const { payment_collection: payment } = await post('payment-collections', { cart_id: cart.id });
  await post(`payment-collections/${payment.id}/payment-sessions`, { provider_id: provider });
  const placed = await post(`carts/${cart.id}/complete`, {});
  if (placed.type !== 'order' || placed.order.payment_collections[0].status !== 'authorized')
    throw new Error(`The cart is no order: ${JSON.stringify(placed)}`);
};
