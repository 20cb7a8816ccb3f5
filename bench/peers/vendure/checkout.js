// The mutations of a storefront's guest checkout, in its order.
const order = '... on Order { id code state totalWithTax } ... on ErrorResult { errorCode message }';
const add = `mutation($variant: ID!) { r: addItemToOrder(productVariantId: $variant, quantity: 1) { ${order} } }`;
const customer = `mutation($input: CreateCustomerInput!) { r: setCustomerForOrder(input: $input) { ${order} } }`;
const address = `mutation($input: CreateAddressInput!) { r: setOrderShippingAddress(input: $input) { ${order} } }`;
const shipping = `mutation($id: [ID!]!) { r: setOrderShippingMethod(shippingMethodId: $id) { ${order} } }`;
const arrange = `mutation { r: transitionOrderToState(state: "ArrangingPayment") { ${order} } }`;
const pay = `mutation($input: PaymentInput!) { r: addPaymentToOrder(input: $input) { ${order} } }`;

/** One guest's checkout: six calls, the order settled at the end. */
module.exports.checkout = async (call, seed, random, unique) => {
  let token;
  const ask = async (query, variables) => {
    const answer = await call('POST', '/shop-api', { query, variables }, token && { authorization: `Bearer ${token}` });
    token ??= answer.headers['vendure-auth-token'];
    if (answer.status !== 200 || !answer.body.data?.r?.code) throw new Error(JSON.stringify(answer.body));
    return answer.body.data.r;
  };

  await ask(add, { variant: seed.variants[random(seed.variants.length)] });
  const emailAddress = `guest-${unique}@example.com`;
  await ask(customer, { input: { firstName: 'Guest', lastName: 'Buyer', emailAddress } });
  await ask(address, {
    input: { fullName: 'Guest Buyer', streetLine1: '1 Road', city: 'Seoul', postalCode: '04524', countryCode: 'KR' },
  });
  await ask(shipping, { id: [seed.shippingMethod] });
  await ask(arrange);
  const placed = await ask(pay, { input: { method: seed.paymentMethod, metadata: {} } });
  if (placed.state !== 'PaymentSettled') throw new Error(`The order is ${placed.state}.`);
};
