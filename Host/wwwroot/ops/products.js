// @ts-check
import { field, h } from '../js/dom.js';
import { addressOf } from '../js/image.js';
import { number, t, won } from '../js/language.js';
import { categoryPaths } from './categories.js';
import { statusBadge } from './inputs.js';
import { filters, list } from './list.js';
import { api, intents } from './store.js';

/** @typedef {import('../../../clients/typescript/shop.js').components['schemas']} Schemas */

const columns = ['name', 'admin.price#', 'admin.stock#', 'admin.status', 'list.actions'];

/** @param {{ signal: AbortSignal }} page */
export async function productsView({ signal }) {
  /** @type {Schemas['PageOfCategory']} */
  const { items: categories } = await api.get('/categories', signal);
  /** @type {(value: string, text: string) => HTMLOptionElement} */
  const option = (value, text) => h('option', { value }, text);
  const controls = {
    q: h('input', { type: 'search', maxlength: 100 }),
    status: h('select', {}, ['ALL', 'SELLING', 'UPCOMING', 'STOPPED'].map((name) => option(name, t(`admin.${name}`)))),
    categoryId: h('select', {}, option('', t('admin.ALL')),
      categoryPaths(categories).map(({ categoryId, path }) => option(String(categoryId), path))),
  };
  const entered = filters(controls, () => products.fill(), signal);
  const products = list({ name: t('ops.products'), columns, cells, signal, none: 'products.none',
    path: () => `/products?${entered()}` });
  await products.fill();
  intents.addEventListener('outcome', products.fill, { signal });
  return h('div', { class: 'page' },
    h('div', { class: 'heading' }, h('h1', { tabindex: -1 }, t('ops.products')),
      h('div', { class: 'actions' },
        h('a', { class: 'button secondary', href: '#/products/csv' }, t('transfer.title')),
        h('a', { class: 'button secondary', href: '#/products/categories' }, t('admin.categories')),
        h('a', { class: 'button', href: '#/products/new' }, t('admin.new-product')))),
    h('div', { class: 'toolbar' }, field(t('products.search'), controls.q), field(t('admin.status'), controls.status),
      categories.length > 0 && field(t('admin.category'), controls.categoryId)),
    products.element);
}

/** @param {Schemas['ProductView']} product */
function cells(product) {
  const { productId, name, lowStockThreshold, stock } = product;
  const [image] = product.images;
  const isLow = lowStockThreshold !== null && stock <= lowStockThreshold;
  return [
    h('div', { class: 'goods' }, h('img', { class: 'thumb', src: image && addressOf(image), alt: '', loading: 'lazy' }),
      h('div', {}, h('a', { href: `#/products/${productId}` }, name),
        h('p', { class: 'hint' }, product.sku ?? `#${productId}`))),
    won(product.price),
    h('span', { class: isLow && 'alarm' }, number(stock)),
    statusBadge(product.status, (status) => t(`admin.${status}`)),
    h('a', { class: 'button secondary', href: `#/products/${productId}/stock`,
      'aria-label': t('admin.adjust-named', { name }) }, t('admin.adjust')),
  ];
}
