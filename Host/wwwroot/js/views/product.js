import { field, h } from '../dom.js';
import { t, won } from '../language.js';
import { form } from '../notice.js';
import { api } from '../store.js';
import { addToCart, stockOf, tile } from './products.js';

const most = 1000;

export async function productView({ signal, parameter }) {
  const product = await api.get(`/products/${parameter}`, signal);
  document.title = `${product.name} · ${t('shop')}`;
  const quantity = h('input', {
    type: 'number',
    min: 1,
    max: Math.max(1, Math.min(most, product.stock)),
    value: '1',
    required: true,
    inputmode: 'numeric',
  });
  const add = h('button', { disabled: product.stock === 0 || product.status === 'STOPPED' }, t('product.add'));
  const order = form({ quantity }, add, () => addToCart(product, quantity.valueAsNumber), { class: 'order-form' });
  order.append(field(t('quantity'), quantity), add);
  return h(
    'div',
    { class: 'page product' },
    tile(product),
    h(
      'div',
      {},
      h('h1', { tabindex: -1 }, product.name),
      h('p', { class: 'price' }, won(product.price)),
      h('p', { class: 'hint' }, stockOf(product)),
      product.description && h('p', { class: 'description' }, product.description),
      order,
      h('a', { href: '#/' }, t('to-the-products')),
    ),
  );
}
