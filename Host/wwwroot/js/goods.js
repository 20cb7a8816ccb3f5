import { h } from './dom.js';
import { named, number, t } from './language.js';
import { api } from './store.js';

// What a product looks like, and what is said of its stock.

const few = 5;
const remembered = 200;
const known = new Map();

// The drawings of the demo are the shop's own: they come from wherever the page does, whatever its name is there.
const own = /^http:\/\/localhost:\d+(?=\/goods\/)/;

/**
 * The product's image, its first one without another. Where there is none, or it does not come, a coloured square with
 * the first letter, the same for the same product.
 *
 * @param alt what is said instead of the image; nothing where the name stands beside it.
 */
export function tile({ productId, name, images }, { alt = '', image = images?.[0] } = {}) {
  const square = () => h('span', { class: `tile tile-${productId % 6}`, 'aria-hidden': 'true' },
    [...named(name)][0]?.toUpperCase());
  if (!image) return square();
  const element = h('img', { class: 'tile', src: image.url.replace(own, ''), alt, loading: 'lazy', decoding: 'async',
    referrerpolicy: 'no-referrer', onerror: () => element.replaceWith(square()) });
  return element;
}

/** The same for a line that has the product's name alone: the image comes later. */
export function lateTile(item) {
  const place = h('span', { class: 'tile', 'aria-hidden': 'true' });
  look(item.productId).then((product) => place.replaceWith(tile(product ?? item)));
  return place;
}

// A product that can't be had has no image: the line stays as it is.
function look(productId) {
  if (known.size > remembered) known.clear();
  if (!known.has(productId))
    known.set(productId, api.get(`/products/${productId}`).catch(() => known.delete(productId) && undefined));
  return known.get(productId);
}

export const isGone = ({ stock, status }) => status === 'STOPPED' || stock === 0;

/** In stock, the last few, or gone: as a line of text. */
export function stockOf({ stock, status }) {
  if (status === 'STOPPED') return h('span', { class: 'badge stopped' }, t('product.stopped'));
  if (stock === 0) return h('span', { class: 'badge stopped' }, t('product.sold-out'));
  if (stock <= few) return h('span', { class: 'few' }, t('product.few', { count: number(stock) }));
  return h('span', { class: 'hint' }, t('product.in-stock'));
}
