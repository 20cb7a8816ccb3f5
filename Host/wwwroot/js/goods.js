import { h } from './dom.js';
import { addressOf } from './image.js';
import { named, number, t, time } from './language.js';
import { saleOf } from './sale.js';
import { api } from './store.js';

// A product's image, and its stock in words.

const few = 5;
const remembered = 200;
const known = new Map();

/**
 * The product's image: the given one, else its first. A coloured square with the first letter stands where there is
 * none, or it does not come.
 *
 * @param alt is said instead of the image; it is empty where the name stands beside it.
 */
export function tile({ productId, name, images }, { alt = '', image = images?.[0] } = {}) {
  const square = () => h('span', { class: `tile tile-${productId % 6}`, 'aria-hidden': 'true' },
    [...named(name)][0]?.toUpperCase());
  if (!image) return square();
  const element = h('img', { class: 'tile', src: addressOf(image), alt, loading: 'lazy', decoding: 'async',
    referrerpolicy: 'no-referrer', onerror: () => element.replaceWith(square()) });
  return element;
}

/** The image for a line that has the product's name alone: it comes later. */
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

/** Whether a product can't be bought now. */
export const isGone = (product) => product.stock === 0 || saleOf(product) !== 'SELLING';

/** The stock in words: there, the last few, gone, or not for sale yet or any more. */
export function stockOf(product) {
  const { stock, sellFrom } = product;
  const sale = saleOf(product);
  if (sale === 'STOPPED') return h('span', { class: 'badge stopped' }, t('product.stopped'));
  if (sale === 'UPCOMING') return h('span', { class: 'badge created' }, t('product.from', { time: time(sellFrom) }));
  if (stock === 0) return h('span', { class: 'badge stopped' }, t('product.sold-out'));
  if (stock <= few) return h('span', { class: 'few' }, t('product.few', { count: number(stock) }));
  return h('span', { class: 'hint' }, t('product.in-stock'));
}
