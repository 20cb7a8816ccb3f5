import { h } from '../js/dom.js';
import { send } from '../js/http.js';
import { t, won } from '../js/language.js';
import { doing } from '../js/notice.js';

// The page of the Fake provider, as a real one would have it elsewhere: it knows an order and an amount, and goes back
// to the shop with the payment's id. Neither button takes money.
const asked = new URLSearchParams(location.search);
const [orderId, amount] = [asked.get('orderId') ?? '', Number(asked.get('amount'))];

const button = (text, approve, attributes) => {
  const onclick = () => doing(element, () => pay(approve));
  const element = h('button', { type: 'button', ...attributes, onclick }, text);
  return element;
};

async function pay(approve) {
  const { providerPaymentId } = await send('POST', '/fake-payments', { body: { orderId, amount, approve } });
  const paid = new URLSearchParams({ topUpId: orderId, providerPaymentId });
  location.assign(`/#/wallet?${paid}`);
}

document.title = t('fake');
document.getElementById('main').replaceChildren(
  h(
    'div',
    { class: 'page narrow' },
    h('h1', {}, t('fake')),
    h('p', { class: 'total' }, t('fake.amount', { amount: won(amount) })),
    h('p', { class: 'hint' }, t('fake.note')),
    h(
      'div',
      { class: 'actions' },
      button(t('fake.pay'), true),
      button(t('fake.decline'), false, { class: 'secondary' }),
    ),
  ),
);
