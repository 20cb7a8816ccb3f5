import { h, icon } from '../dom.js';
import { isGone, stockOf, tile } from '../goods.js';
import { named, t, won } from '../language.js';
import { doing, say } from '../notice.js';
import { cart } from '../store.js';

export async function addToCart(product, quantity) {
  await cart.add(product, quantity);
  say(t('product.added', { name: named(product.name) }), { link: { href: '#/cart', text: t('nav.cart') } });
}

/** A product of a list. */
export function productCard(product) {
  const name = named(product.name);
  const add = h('button', { class: 'add', type: 'button', 'aria-label': t('product.add-named', { name }),
    onclick: () => doing(add, () => addToCart(product, 1)) }, icon('plus'));
  return h('li', { class: isGone(product) ? 'card gone' : 'card', 'data-key': `product/${product.productId}` },
    h('a', { href: `#/products/${product.productId}` }, tile(product), h('strong', {}, name)),
    h('span', { class: 'price' }, won(product.price)),
    stockOf(product),
    !isGone(product) && add);
}
